import Foundation
import TensorCore
import TestSupport
import Testing

@Suite struct OpTests {
    /// One of each, and some that differ in one payload only.
    static let all: [Op] =
        [
            .input, .iota(axis: 0), .iota(axis: 1), .select, .cast(.int32), .cast(.uint8),
            .stopGradient, .reduce(.sum, axes: [0]), .reduce(.sum, axes: [1]),
            .reduce(.max, axes: [0]), .argMax(axis: 0), .argMax(axis: 1), .reshape,
            .transpose([0, 1]), .transpose([1, 0]), .broadcast,
            .slice(starts: [0], strides: [1]), .slice(starts: [1], strides: [1]),
            .slice(starts: [0], strides: [2]), .concatenate(axis: 0), .concatenate(axis: 1),
            .reverse(axes: [0]), .reverse(axes: [1]), .gather, .scatterAdd(rows: 1),
            .scatterAdd(rows: 2), .random(.bits), .random(.normal),
        ] + numbers + images

    /// What carries numbers: each bit of them counts, the sign of zero too.
    private static let numbers: [Op] =
        [0, -0.0, 1, Double.nan, -.nan].flatMap { value -> [Op] in
            [
                .full(value), .unary(.leakyRelu(slope: value)), .unary(.clamp(low: value, high: 2)),
                .unary(.clamp(low: -2, high: value)),
                .pad(low: [1], high: [2], interior: [3], value: value),
            ]
        } + [
            .pad(low: [0], high: [2], interior: [3], value: 0),
            .pad(low: [1], high: [0], interior: [3], value: 0),
            .pad(low: [1], high: [2], interior: [0], value: 0), .unary(.exp), .unary(.negate),
            .binary(.add), .binary(.divide), .compare(.equal), .compare(.less),
        ]

    private static let images: [Op] = {
        var all: [Op] = []
        for flag in [false, true] {
            all.append(.matmul(transposeA: flag, transposeB: false, precision: .float32))
            all.append(.matmul(transposeA: flag, transposeB: true, precision: .float32))
            all.append(.matmul(transposeA: flag, transposeB: true, precision: .bfloat16))
            let size = flag ? 4 : 3
            let convolution = Convolution2dParameters(padding: flag ? 1 : 0)
            let pool = Pool2dParameters(kernel: flag ? 3 : 2)
            all += [
                .conv2d(convolution), .conv2dInputGradient(convolution, height: 2, width: 2),
                .conv2dInputGradient(convolution, height: size, width: 2),
                .conv2dInputGradient(convolution, height: 2, width: size),
                .conv2dWeightGradient(convolution, kernelHeight: 2, kernelWidth: 2),
                .conv2dWeightGradient(convolution, kernelHeight: size, kernelWidth: 2),
                .conv2dWeightGradient(convolution, kernelHeight: 2, kernelWidth: size),
                .maxPool2d(pool), .maxPool2dGather(pool), .maxPool2dScatter(pool),
                .averagePool2d(pool), .averagePool2dGradient(pool, height: 2, width: 2),
                .averagePool2dGradient(pool, height: size, width: 2),
                .averagePool2dGradient(pool, height: 2, width: size),
                .resize2d(flag ? .nearest : .bilinear, height: 2, width: 2),
                .resize2d(.nearest, height: size, width: 2),
                .resize2d(.nearest, height: 2, width: size),
                .resize2dGradient(flag ? .nearest : .bilinear, height: 2, width: 2),
                .resize2dGradient(.nearest, height: size, width: 2),
                .resize2dGradient(.nearest, height: 2, width: size),
            ]
        }
        return all
    }()

    @Test func onlyItselfIsEqual() {
        for (i, a) in Self.all.enumerated() {
            for (j, b) in Self.all.enumerated() {
                #expect((a == b) == (i == j), "\(a), \(b)")
            }
        }
        let set = Set(Self.all)
        #expect(set.count == Self.all.count)
        #expect(Self.all.allSatisfy(set.contains))
    }

    /// A plan is found again whatever its numbers are, and is no other's.
    @Test func plansAreFoundByTheBitsOfNumbers() async {
        await #expect(processExitsWith: .success) {
            Runtime.install(ReferenceBackend(.rounded))
            func reciprocal(of value: Double) -> Float {
                (Tensor([1]) / Tensor.full(value, shape: [1])).scalar()
            }
            for _ in 0..<3 where !reciprocal(of: .nan).isNaN { exit(1) }
            guard Runtime.compileCount == 1 else { exit(2) }
            guard reciprocal(of: 0) == .infinity else { exit(3) }
            guard reciprocal(of: -0.0) == -.infinity else { exit(4) }
        }
    }
}
