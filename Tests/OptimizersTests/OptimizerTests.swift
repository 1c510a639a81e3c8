import Foundation
import Layers
import OneDNNBackend
import Optimizers
import TensorCore
import TestSupport
import Testing

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}

/// Ten steps of a small problem, `mean((tanh(x W^T + b) - t)^2)`, against PyTorch's.
@Suite struct OptimizerTests {
    let golden: Fixture

    init() throws {
        _ = Engine.installed
        golden = try Fixture(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Fixtures/optimizers.safetensors"))
    }

    private func tensor(_ name: String) throws -> Tensor {
        let array = try golden.array(name)
        return Tensor(array.floats, shape: array.shape)
    }

    /// The layer before the first step.
    private func layer() throws -> Linear {
        var layer = Linear(inputFeatures: 5, outputFeatures: 4, key: RandomKey(seed: 1))
        layer.setParameters([try tensor("weight"), try tensor("bias")])
        return layer
    }

    /// Steps, and compares losses and parameters of each; answers the layer after each.
    @discardableResult
    private func follow<O: Module>(
        _ name: String, _ optimizer: O, sourceLocation: SourceLocation = #_sourceLocation,
        _ update: (inout O, inout Linear, ModuleGradients) -> Void
    ) throws -> (layers: [Linear], optimizer: O) {
        let (x, t) = (try tensor("x"), try tensor("t"))
        var layer = try layer()
        var optimizer = optimizer
        var layers: [Linear] = []
        var losses: [Float] = []
        for _ in 0..<10 {
            let slopes = valueAndGrad(at: &layer) { layer in
                (layer(x).tanh() - t).square().mean()
            }
            update(&optimizer, &layer, slopes.gradients)
            evaluate(layer.parameters + optimizer.namedTensors().map(\.tensor) + [slopes.value])
            losses.append(slopes.value.scalar())
            layers.append(layer)
        }
        func expect(_ values: [Float], _ part: String) throws {
            let array = try golden.array("\(name)/\(part)")
            expectClose(
                values, shape: array.shape, to: array.values, shape: array.shape, absolute: 3e-6,
                relative: 3e-6, "\(name)/\(part)", sourceLocation: sourceLocation)
        }
        try expect(losses, "loss")
        try expect(layers.flatMap { $0.weight.floats() }, "weight")
        try expect(layers.flatMap { $0.bias?.floats() ?? [] }, "bias")
        return (layers, optimizer)
    }

    @Test func adam() throws {
        let (_, optimizer) = try follow("adam", Adam(for: try layer())) {
            $0.update(&$1, $2, learningRate: 0.05)
        }
        #expect(optimizer.step == 10)
        try follow("adam_of_gans", Adam(for: try layer(), beta1: 0.5, beta2: 0.9, epsilon: 1e-3)) {
            $0.update(&$1, $2, learningRate: 0.02)
        }
    }

    @Test func stochasticGradientDescent() throws {
        let layer = try layer()
        for (name, rate, optimizer) in [
            ("sgd", 0.2, SGD(for: layer)),
            ("sgd_momentum", 0.1, SGD(for: layer, momentum: 0.9)),
            ("sgd_nesterov", 0.1, SGD(for: layer, momentum: 0.9, isNesterov: true)),
            ("sgd_decay", 0.2, SGD(for: layer, weightDecay: 0.1)),
            ("sgd_all", 0.1, SGD(for: layer, momentum: 0.8, weightDecay: 0.05, isNesterov: true)),
        ] {
            let end = try follow(name, optimizer) { $0.update(&$1, $2, learningRate: rate) }
            #expect(end.optimizer.step == 10)
        }
    }

    @Test func averages() throws {
        let (layers, _) = try follow("adam", Adam(for: try layer())) {
            $0.update(&$1, $2, learningRate: 0.05)
        }
        for (name, warmsUp) in [("ema", false), ("ema_warm", true)] {
            var average = ExponentialMovingAverage(of: try layer(), decay: 0.6, warmsUp: warmsUp)
            var values: [Float] = []
            for layer in layers {
                average.update(with: layer)
                values += average.average.weight.floats()
            }
            let array = try golden.array("\(name)/weight")
            expectClose(
                values, shape: array.shape, to: array.values, shape: array.shape, absolute: 3e-6,
                relative: 3e-6, name)
            #expect(average.step == 10)
        }
    }

    @Test func theDecayWarmsUp() throws {
        var average = ExponentialMovingAverage(of: try layer(), decay: 0.25)
        #expect(average.currentDecay == 0.1)
        average.step = 1
        #expect(average.currentDecay == 2.0 / 11)
        average.step = 1000
        #expect(average.currentDecay == 0.25)
        average.step = 0
        average.warmsUp = false
        #expect(average.currentDecay == 0.25)
    }

    @Test func stateIsNamedAfterTheParameters() throws {
        let layer = try layer()
        func listing(_ module: some Module) -> [String] {
            module.namedTensors().map { "\($0.name) \($0.tensor.shape)" }
        }
        #expect(
            listing(Adam(for: layer)) == [
                "exp_avg.weight [4, 5]", "exp_avg_sq.weight [4, 5]", "exp_avg.bias [4]",
                "exp_avg_sq.bias [4]",
            ])
        #expect(listing(SGD(for: layer)) == [])
        #expect(
            listing(SGD(for: layer, momentum: 0.5))
                == ["momentum_buffer.weight [4, 5]", "momentum_buffer.bias [4]"])
        let average = ExponentialMovingAverage(of: layer, decay: 0.9)
        #expect(listing(average) == ["weight [4, 5]", "bias [4]"])
        // Nothing of an optimizer or an average is trained.
        #expect(Adam(for: layer).parameters.isEmpty && average.parameters.isEmpty)
    }

    /// Five steps, and five more from a copy of the state, are ten.
    @Test func stateIsComplete() throws {
        let (x, t) = (try tensor("x"), try tensor("t"))
        func step(_ layer: inout Linear, _ adam: inout Adam) {
            let slopes = valueAndGrad(at: &layer) { ($0(x).tanh() - t).square().mean() }
            adam.update(&layer, slopes.gradients, learningRate: 0.05)
            evaluate(layer.parameters + adam.namedTensors().map(\.tensor))
        }
        var (layer, adam) = (try layer(), Adam(for: try layer()))
        for _ in 0..<5 { step(&layer, &adam) }
        var resumed = Adam(for: layer)
        let saved = Dictionary(
            uniqueKeysWithValues: adam.namedTensors().map { ($0.name, $0.tensor.floats()) })
        resumed.mapTensors { name, tensor in Tensor(saved[name] ?? [], shape: tensor.shape) }
        resumed.step = adam.step
        var other = layer
        for _ in 0..<5 {
            step(&layer, &adam)
            step(&other, &resumed)
        }
        #expect(layer.parameters.map { $0.floats() } == other.parameters.map { $0.floats() })
    }
}
