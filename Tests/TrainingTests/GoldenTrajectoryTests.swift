import Networks
import TensorCore
import TestSupport
import Testing
import Training

/// Ten steps of DCGAN against PyTorch's, from the same weights, pictures and latents.
@Suite struct GoldenTrajectoryTests {
    let golden: Fixture

    init() throws {
        _ = Engine.installed
        golden = try goldens()
    }

    /// The state before the first step, with the golden weights.
    private func initialState() throws -> State {
        var state = smallState()
        var missing: [String] = []
        func load(_ module: inout some Module, _ player: String) {
            module.forEachTensor(under: "\(player).") { name, tensor, role in
                guard role == .parameter else { return }
                guard let array = try? golden.array("initial/\(name)"),
                    array.shape == tensor.shape
                else { return missing.append(name) }
                tensor = Tensor(array.floats, shape: array.shape)
            }
        }
        load(&state.generator, "generator")
        load(&state.discriminator, "discriminator")
        #expect(missing.isEmpty, "no golden, or another shape")
        return State(
            generator: state.generator, discriminator: state.discriminator,
            configuration: goldenConfiguration)
    }

    @Test func tenStepsAreThoseOfPyTorch() throws {
        var trainer = Trainer(state: try initialState(), configuration: goldenConfiguration)
        let reports = try trainer.go(to: 10)
        #expect(reports.map(\.step) == Array(1...10))
        #expect(reports.map(\.samplesSeen) == (1...10).map { 8 * $0 })
        for name in ["d_loss", "g_loss", "d_real", "d_fake"] {
            let values = reports.map { $0.values[name] ?? .nan }
            expectClose(
                values, shape: [10], to: try golden.array(name).values, shape: [10],
                absolute: 1e-5, relative: 1e-5, name)
        }
        // In ten steps weights go up to 1e-2 far.
        for (name, tensor) in trainer.state.namedTensors() where !name.contains("optimizer") {
            let array = try golden.array("final/\(name)")
            expectClose(
                tensor.floats(), shape: tensor.shape, to: array.values, shape: array.shape,
                absolute: 5e-6, relative: 5e-6, name)
        }
        let counters = trainer.state.counters
        #expect(counters.generatorUpdates == 10 && counters.discriminatorUpdates == 10)
        #expect(counters.averageUpdates == 10 && counters.dataPosition == 80)
    }

    /// What is measured against PyTorch moves: each golden tensor leaves its place in ten steps.
    @Test func everyTensorMoves() throws {
        let initial = try initialState()
        for (name, tensor) in initial.namedTensors() where !name.contains("optimizer") {
            let end = try golden.array("final/\(name)").values
            let far = zip(tensor.floats(), end).map { abs(Double($0) - $1) }.max() ?? 0
            #expect(far > 1e-4, "\(name) hardly moves")
        }
    }
}
