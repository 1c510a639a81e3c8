import Foundation
package import TensorCore

/// Random unit vectors, and projections onto them.
package struct ProjectionDirections {
    private let featureCount: Int
    /// Two directions at a time: `[projections / 2, featureCount, 2]`.
    private let pairs: [Float]
    private let pairCount: Int

    /// The directions of a level: normal numbers, which point evenly everywhere, made unit vectors.
    package init(
        _ featureCount: Int, _ configuration: SlicedWasserstein.Configuration, level: Int
    ) {
        self.featureCount = featureCount
        pairCount = configuration.projections / 2
        let key = RandomKey(seed: configuration.seed).folded("directions").folded(UInt64(level))
        var pairs = [Float](repeating: 0, count: pairCount * featureCount * 2)
        for direction in 0..<configuration.projections {
            let vector = Self.unitVector(featureCount, key.folded(UInt64(direction)))
            for (i, value) in vector.enumerated() {
                pairs[(direction / 2 * featureCount + i) * 2 + direction % 2] = Float(value)
            }
        }
        self.pairs = pairs
    }

    /// A unit vector by the method of Box and Muller 1958,
    /// https://doi.org/10.1214/aoms/1177706645: `sqrt(-2 log u) cos(2 pi v)`.
    package static func unitVector(_ count: Int, _ key: RandomKey) -> [Double] {
        let values = (0..<count).map { i in
            let u = (Double(key.word(UInt64(2 * i))) + 1) * 0x1p-32
            let v = Double(key.word(UInt64(2 * i + 1))) * 0x1p-32
            return (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
        }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }

    /// Calls `body` with the sorted projections onto each direction, in order.
    package func forEachSortedProjection(
        of set: PatchDescriptors, _ body: (UnsafeBufferPointer<Float>) -> Void
    ) {
        precondition(
            set.featureCount == featureCount,
            "[SlicedWasserstein] expected \(featureCount) features, got \(set.featureCount)")
        var first = [Float](repeating: 0, count: set.count)
        var second = first
        var sorter = FloatSorter(count: set.count)
        for pair in 0..<pairCount {
            project(set, onto: pair, &first, &second)
            sorter.sort(&first)
            first.withUnsafeBufferPointer(body)
            sorter.sort(&second)
            second.withUnsafeBufferPointer(body)
        }
    }

    /// The projections onto the two directions of a pair.
    private func project(
        _ set: PatchDescriptors, onto pair: Int, _ first: inout [Float], _ second: inout [Float]
    ) {
        let features = featureCount
        first.withUnsafeMutableBytes { first in
            second.withUnsafeMutableBytes { second in
                pairs.withUnsafeBufferPointer { pairs in
                    set.blocks.withUnsafeBufferPointer { blocks in
                        let weights = UnsafeBufferPointer(
                            rebasing: pairs[pair * features * 2..<(pair + 1) * features * 2])
                        for block in 0..<blocks.count / features {
                            var one = SIMD16<Float>.zero
                            var other = SIMD16<Float>.zero
                            for i in 0..<features {
                                let values = blocks[block * features + i]
                                one += values * weights[2 * i]
                                other += values * weights[2 * i + 1]
                            }
                            first.storeBytes(
                                of: one, toByteOffset: block * 64, as: SIMD16<Float>.self)
                            second.storeBytes(
                                of: other, toByteOffset: block * 64, as: SIMD16<Float>.self)
                        }
                    }
                }
            }
        }
    }
}
