import TensorCore

extension ReferenceEvaluator {
    static func matmul(
        _ a: ReferenceTensor, _ b: ReferenceTensor, _ transposeA: Bool, _ transposeB: Bool,
        _ shape: [Int]
    ) -> [Double] {
        let rank = shape.count
        let depth = a.shape[transposeA ? rank - 2 : rank - 1]
        var result: [Double] = []
        result.reserveCapacity(shape.reduce(1, *))
        forEachIndex(of: shape) { index in
            let batch = linearIndex(Array(index.dropLast(2)), in: Array(shape.dropLast(2)))
            let row = index[rank - 2]
            let column = index[rank - 1]
            let baseA = batch * shape[rank - 2] * depth
            let baseB = batch * shape[rank - 1] * depth
            var sum = 0.0
            for k in 0..<depth {
                let i = transposeA ? k * shape[rank - 2] + row : row * depth + k
                let j = transposeB ? column * depth + k : k * shape[rank - 1] + column
                sum += a.values[baseA + i] * b.values[baseB + j]
            }
            result.append(sum)
        }
        return result
    }

    /// Calls `body` with the positions in x `[N, H, W, C]`, w `[O, KH, KW, C / groups]` and
    /// y `[N, OH, OW, O]` of every product that a convolution adds up.
    private static func forEachTap(
        _ p: Convolution2dParameters, x: [Int], w: [Int], y: [Int],
        _ body: (_ x: Int, _ w: Int, _ y: Int) -> Void
    ) {
        let outputsPerGroup = w[0] / p.groups
        let inputsPerGroup = w[3]
        for n in 0..<y[0] {
            for oh in 0..<y[1] {
                for ow in 0..<y[2] {
                    for o in 0..<y[3] {
                        let firstChannel = o / outputsPerGroup * inputsPerGroup
                        let yPosition = ((n * y[1] + oh) * y[2] + ow) * y[3] + o
                        for kh in 0..<w[1] {
                            let h = oh * p.strideHeight - p.paddingTop + kh * p.dilationHeight
                            guard h >= 0, h < x[1] else { continue }
                            for kw in 0..<w[2] {
                                let v = ow * p.strideWidth - p.paddingLeft + kw * p.dilationWidth
                                guard v >= 0, v < x[2] else { continue }
                                let xPosition = ((n * x[1] + h) * x[2] + v) * x[3] + firstChannel
                                let wPosition = ((o * w[1] + kh) * w[2] + kw) * w[3]
                                for c in 0..<inputsPerGroup {
                                    body(xPosition + c, wPosition + c, yPosition)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    static func conv2d(
        _ x: ReferenceTensor, _ w: ReferenceTensor, _ p: Convolution2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachTap(p, x: x.shape, w: w.shape, y: shape) { i, j, k in
            result[k] += x.values[i] * w.values[j]
        }
        return result
    }

    static func conv2dInputGradient(
        _ g: ReferenceTensor, _ w: ReferenceTensor, _ p: Convolution2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachTap(p, x: shape, w: w.shape, y: g.shape) { i, j, k in
            result[i] += g.values[k] * w.values[j]
        }
        return result
    }

    static func conv2dWeightGradient(
        _ x: ReferenceTensor, _ g: ReferenceTensor, _ p: Convolution2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachTap(p, x: x.shape, w: shape, y: g.shape) { i, j, k in
            result[j] += x.values[i] * g.values[k]
        }
        return result
    }
}
