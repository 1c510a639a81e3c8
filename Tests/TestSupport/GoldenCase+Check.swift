import Foundation
public import TensorCore
public import Testing

extension OpGoldens {
    /// Compares a case's value, gradients and second gradients, as `evaluate` computes them.
    ///
    /// - Parameters:
    ///   - absolute: The tolerance of values near zero; relative tolerances likewise.
    ///   - evaluate: Computes the elements of tensors that depend on the operands.
    /// - Throws: `Fixture.Malformed` if an array is missing.
    public func check(
        _ golden: GoldenCase, absolute: Double, relative: Double,
        sourceLocation: SourceLocation = #_sourceLocation, evaluate: ([Tensor]) -> [[Double]]
    ) throws {
        let x = try golden.operands.indices.map {
            Self.tensor(try array(golden, "x\($0)"), golden.operands[$0])
        }
        let y = golden(x)
        var wanted: [(String, Tensor)] = [("y", y)]
        if !golden.gradients.isEmpty {
            let targets = golden.gradients.map { x[$0] }
            let v = try array(golden, "v")
            let slopes = gradients(
                of: y, seed: Tensor(v.floats, shape: v.shape), at: targets)
            wanted += zip(golden.gradients, slopes).map { ("g\($0)", $1) }
            if golden.second {
                let total = slopes.map { $0.square().sum() }.reduce(Tensor.full(0, shape: []), +)
                wanted += zip(golden.gradients, gradients(of: total, at: targets)).map {
                    ("s\($0)", $1)
                }
            }
        }
        for ((part, tensor), values) in zip(wanted, evaluate(wanted.map(\.1))) {
            let expected = try array(golden, part)
            let scale = min(expected.values.filter(\.isFinite).map(abs).max() ?? 1, 1e3)
            expectClose(
                values, shape: tensor.shape, to: expected.values, shape: expected.shape,
                absolute: absolute * max(1, scale), relative: relative, "\(golden.name), \(part)",
                sourceLocation: sourceLocation)
        }
    }

    /// An array as a tensor of a named type.
    private static func tensor(_ array: Fixture.Array, _ type: String) -> Tensor {
        switch type {
        case "int32": Tensor(int32: array.integers, shape: array.shape)
        case "uint8": Tensor(uint8: array.values.map { UInt8($0) }, shape: array.shape)
        case "bool": Tensor(bool: array.values.map { $0 != 0 }, shape: array.shape)
        default: Tensor(array.floats, shape: array.shape)
        }
    }
}

/// The discriminator and losses of `Tools/goldens/gradient_penalties.py`.
public struct PenaltyGoldens {
    /// The penalties that there are goldens for.
    public static let names = ["wgan_gp", "r1", "wgan_gp_bn", "r1_bn"]
    private let fixture: Fixture

    /// Reads the committed goldens.
    ///
    /// - Throws: the error of reading the file.
    public init() throws {
        fixture = try Fixture(
            contentsOf: Fixture.folder.appendingPathComponent("gradient_penalties.safetensors"))
    }

    /// Compares loss, penalty and the gradient of every parameter, as `evaluate` computes them.
    ///
    /// - Throws: `Fixture.Malformed` if an array is missing.
    public func check(
        _ name: String, absolute: Double, relative: Double,
        sourceLocation: SourceLocation = #_sourceLocation, evaluate: ([Tensor]) -> [[Double]]
    ) throws {
        func tensor(_ name: String) throws -> Tensor {
            let array = try fixture.array(name)
            return Tensor(array.floats, shape: array.shape)
        }
        let parameterNames = fixture.arrays.keys.filter { $0.hasPrefix("\(name)/") }
            .map { String($0.dropFirst(name.count + 1)) }
            .filter { $0 != "loss" && $0 != "penalty" }.sorted()
        #expect(parameterNames.count == (name.hasSuffix("_bn") ? 7 : 5))
        var p: [String: Tensor] = [:]
        for parameter in parameterNames { p[parameter] = try tensor("parameters/\(parameter)") }
        let (real, fake) = (try tensor("real"), try tensor("fake"))
        let (onReal, onFake) = (scores(real, p), scores(fake, p))
        let penalty: Tensor
        let loss: Tensor
        if name.hasPrefix("wgan_gp") {
            let epsilon = try tensor("epsilon")
            let mixed = epsilon * real + (1 - epsilon) * fake
            penalty = (squaredNorms(mixed, p).sqrt() - 1).square().mean()
            loss = onFake.mean() - onReal.mean() + 10 * penalty
        } else {
            penalty = squaredNorms(real, p).mean()
            loss = (-onReal).softplus().mean() + onFake.softplus().mean() + 5 * penalty
        }
        let slopes = gradients(of: loss, at: parameterNames.map { p[$0] ?? loss })
        let wanted = [("loss", loss), ("penalty", penalty)] + zip(parameterNames, slopes)
        for ((part, tensor), values) in zip(wanted, evaluate(wanted.map(\.1))) {
            let expected = try fixture.array("\(name)/\(part)")
            let scale = expected.values.map(abs).max() ?? 1
            expectClose(
                values, shape: tensor.shape, to: expected.values, shape: expected.shape,
                absolute: absolute * max(1, scale), relative: relative, "\(name), \(part)",
                sourceLocation: sourceLocation)
        }
    }

    private func scores(_ x: Tensor, _ p: [String: Tensor]) -> Tensor {
        func parameter(_ name: String) -> Tensor { p[name] ?? .zeros([1]) }
        let half = Convolution2dParameters(stride: 2, padding: 1)
        var h = conv2d(x, parameter("conv1.weight"), half) + parameter("conv1.bias")
        h = conv2d(h.leakyRelu(slope: 0.2), parameter("conv2.weight"), half)
        h = h + parameter("conv2.bias")
        if let scale = p["norm.weight"] {
            let mean = h.mean(axes: [0, 1, 2], keepingDimensions: true)
            let variance = h.variance(axes: [0, 1, 2], mean: mean)
            h = (h - mean) * (variance + 1e-5).rsqrt() * scale + parameter("norm.bias")
        }
        return conv2d(h.leakyRelu(slope: 0.2), parameter("conv3.weight")).reshaped([-1])
    }

    private func squaredNorms(_ x: Tensor, _ p: [String: Tensor]) -> Tensor {
        gradients(of: scores(x, p).sum(), at: [x])[0].square().sum(axes: [1, 2, 3])
    }
}
