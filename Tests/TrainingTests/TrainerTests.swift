import Foundation
import Networks
import OneDNNBackend
import TensorCore
import Testing
import Training

@Suite struct TrainerTests {
    init() { _ = Engine.installed }

    /// Copies a state by way of bytes and numbers, as a checkpoint does.
    private func restored(_ state: State, _ configuration: AdversarialConfiguration) -> State {
        let saved = bits(state)
        // Another seed: nothing may be left of what the new state begins with.
        var other = configuration
        other.seed = 999
        var result = smallState(other)
        result.mapTensors { name, tensor in
            (saved[name] ?? []).withUnsafeBytes {
                Tensor(copying: $0, shape: tensor.shape, dtype: tensor.dtype)
            }
        }
        result.counters = state.counters
        return result
    }

    @Test(arguments: [
        LearningRateSchedule.constant, .warmup(steps: 6), .linearDecay(start: 2, end: 8),
    ])
    func savedAndResumedEqualsUninterrupted(_ schedule: LearningRateSchedule) throws {
        var configuration = goldenConfiguration
        configuration.schedule = schedule
        var whole = Trainer(state: smallState(), configuration: configuration)
        let expected = try whole.go(to: 6)
        var first = Trainer(state: smallState(), configuration: configuration)
        var reports = try first.go(to: 3)
        var second = Trainer(
            state: restored(first.state, configuration), configuration: configuration)
        #expect(second.state.counters == first.state.counters)
        reports += try second.go(to: 6)
        #expect(reports.map(\.values) == expected.map(\.values))
        #expect(reports.map(\.samplesSeen) == expected.map(\.samplesSeen))
        #expect(differences(whole.state, second.state) == [])
        #expect(whole.state.counters == second.state.counters)
        #expect(whole.sample(3).pictures == second.sample(3).pictures)
        // The middle was not the end.
        #expect(differences(first.state, second.state).count > 30)
    }

    @Test func theSeedDecidesEverything() throws {
        func run(seed: UInt64) throws -> State {
            var configuration = goldenConfiguration
            configuration.seed = seed
            var trainer = Trainer(state: smallState(configuration), configuration: configuration)
            _ = try trainer.go(to: 3)
            return trainer.state
        }
        let one = try run(seed: 5)
        #expect(differences(one, try run(seed: 5)) == [])
        #expect(!differences(one, try run(seed: 6)).isEmpty)
    }

    /// In a process of its own: the backend of a process is installed once.
    @Test func thePrecisionReachesEveryProduct() async {
        await #expect(processExitsWith: .success) {
            let backend = PrecisionBackend()
            Runtime.install(backend)
            func step(_ precision: ComputePrecision) throws -> Set<ComputePrecision> {
                var configuration = goldenConfiguration
                configuration.precision = precision
                var trainer = Trainer(state: smallState(), configuration: configuration)
                // Parameters: drawn when they are first needed.
                _ = bits(trainer.state)
                backend.seen = []
                let report = try trainer.step(batch(0))
                guard report.values.values.allSatisfy(\.isFinite) else { exit(1) }
                return backend.seen
            }
            guard try step(.float32) == [.float32] else { exit(2) }
            guard try step(.bfloat16) == [.bfloat16] else { exit(3) }
        }
    }

    @Test func latentsFollowFromTheSeedAlone() throws {
        // The same networks under another training seed: only the latents differ.
        var configuration = goldenConfiguration
        var first = Trainer(state: smallState(), configuration: configuration)
        configuration.seed += 1
        var second = Trainer(state: smallState(), configuration: configuration)
        let (one, other) = (try first.step(batch(0)), try second.step(batch(0)))
        #expect(one.values["d_real"] == other.values["d_real"])
        #expect(one.values["d_fake"] != other.values["d_fake"])
    }

    @Test(arguments: ["generator", "discriminator"])
    func nonFiniteWeightsStopTheRun(_ player: String) throws {
        var state = smallState()
        _ = bits(state)
        state.mapTensors { name, tensor in
            guard name == "\(player).main.0.weight" else { return tensor }
            var values = tensor.floats()
            values[7] = .nan
            return Tensor(values, shape: tensor.shape)
        }
        state.step = 4
        let before = bits(state)
        var trainer = Trainer(state: state, configuration: goldenConfiguration)
        let error = #expect(throws: TrainingError.self) { try trainer.step(batch(0)) }
        guard case .nonFinite(let step, let name, let value) = error else {
            Issue.record("expected a value that is not finite, got \(String(describing: error))")
            return
        }
        #expect(step == 5 && name == "d_loss" && value.isNaN)
        #expect(bits(trainer.state) == before)
        #expect(trainer.state.counters == state.counters)
    }

    @Test func anAbsurdLearningRateStopsTheRun() throws {
        var configuration = goldenConfiguration
        configuration.discriminatorLearningRate = 1e30
        var trainer = Trainer(state: smallState(), configuration: configuration)
        var lastGood = trainer.state
        var thrown: TrainingError?
        do {
            for step in 0..<10 {
                lastGood = trainer.state
                _ = try trainer.step(batch(step))
            }
        } catch let error as TrainingError {
            thrown = error
        }
        guard case .nonFinite(let step, _, let value) = thrown else {
            Issue.record("expected a value that is not finite, got \(String(describing: thrown))")
            return
        }
        #expect(!value.isFinite)
        #expect(step == lastGood.step + 1)
        #expect(differences(trainer.state, lastGood) == [])
        #expect(trainer.state.counters == lastGood.counters)
    }

    @Test func phasesRunWhenTheyAreDue() throws {
        var phases = Phase.nonSaturating
        phases[1].interval = 3
        var trainer = Trainer(
            state: smallState(), phases: phases, configuration: goldenConfiguration)
        var generators: [[UInt8]] = [weight(trainer.state)]
        var losses: [Bool] = []
        for step in 0..<5 {
            losses.append(try trainer.step(batch(step)).values["g_loss"] != nil)
            generators.append(weight(trainer.state))
        }
        #expect(losses == [true, false, false, true, false])
        #expect(
            zip(generators, generators.dropFirst()).map { $0 != $1 }
                == [true, false, false, true, false])
        #expect(trainer.state.counters.generatorUpdates == 2)
        #expect(trainer.state.counters.discriminatorUpdates == 5)
    }

    private func weight(_ state: State) -> [UInt8] { bits(state)["generator.main.0.weight"] ?? [] }
}

/// Hands graphs on, and remembers what their products may round to.
private final class PrecisionBackend: Backend, @unchecked Sendable {
    private let backend = OneDNNBackend(threads: 2)
    var seen: Set<ComputePrecision> = []

    var name: String { "precision" }

    func compile(_ graph: Graph) -> any Executable {
        for node in graph.nodes {
            switch node.op {
            case .matmul(_, _, let precision): seen.insert(precision)
            case .conv2d(let p), .conv2dInputGradient(let p, _, _),
                .conv2dWeightGradient(let p, _, _):
                seen.insert(p.precision)
            default: break
            }
        }
        return backend.compile(graph)
    }
}
