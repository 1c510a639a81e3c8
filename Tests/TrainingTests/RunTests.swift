import TensorCore
import Testing
import Training

/// What the observer of a run is told, and what its answers do.
@Suite struct RunTests {
    init() { _ = Engine.installed }

    /// Runs and writes down the events as `1` for a step and `s1` for samples.
    private func events(
        from state: State? = nil, batches: Int = 9, until steps: Int,
        sampling: Trainer.Sampling?, stopAt: Set<String> = []
    ) throws -> [String] {
        var trainer = Trainer(
            state: state ?? smallState(), configuration: goldenConfiguration)
        var result: [String] = []
        try trainer.run((0..<batches).lazy.map(batch), until: steps, sampling: sampling) {
            event, state in
            switch event {
            case .stepped(let report):
                #expect(report.step == state.step && report.seconds > 0)
                #expect(Set(report.values.keys) == ["d_loss", "g_loss", "d_real", "d_fake"])
                result.append("\(report.step)")
            case .sampled(let report):
                #expect(report.step == state.step && report.count == sampling?.count)
                #expect(report.pictures.count == report.count * 16 * 16 * 3)
                #expect(report.height == 16 && report.width == 16 && report.channels == 3)
                result.append("s\(report.step)")
            case .health, .rolledBack: Issue.record("nobody watches this run")
            }
            return stopAt.contains(result.last ?? "") ? .stop : .more
        }
        return result
    }

    @Test func samplesComeAtTheBeginningAtIntervalsAndAtTheEnd() throws {
        #expect(
            try events(until: 5, sampling: .init(interval: 2, count: 3))
                == ["s0", "1", "2", "s2", "3", "4", "s4", "5", "s5"])
        #expect(
            try events(until: 4, sampling: .init(interval: 2, count: 1))
                == ["s0", "1", "2", "s2", "3", "4", "s4"])
        #expect(try events(until: 2, sampling: nil) == ["1", "2"])
        #expect(try events(until: 0, sampling: .init(interval: 1, count: 1)) == [])
    }

    @Test func aResumedRunGoesOnWithoutSamplesOfTheBeginning() throws {
        var trainer = Trainer(state: smallState(), configuration: goldenConfiguration)
        _ = try trainer.go(to: 2)
        #expect(
            try events(from: trainer.state, until: 4, sampling: .init(interval: 3, count: 2))
                == ["3", "s3", "4", "s4"])
        #expect(try events(from: trainer.state, until: 2, sampling: nil) == [])
    }

    @Test func stopStops() throws {
        let sampling = Trainer.Sampling(interval: 2, count: 1)
        #expect(try events(until: 9, sampling: sampling, stopAt: ["s0"]) == ["s0"])
        // What was reached is shown before the end.
        #expect(try events(until: 9, sampling: sampling, stopAt: ["1"]) == ["s0", "1", "s1"])
        #expect(
            try events(until: 9, sampling: sampling, stopAt: ["s2"]) == ["s0", "1", "2", "s2"])
    }

    @Test func anIntervalOfZeroIsACallersError() async {
        await #expect(processExitsWith: .failure) { _ = Trainer.Sampling(interval: 0, count: 1) }
        await #expect(processExitsWith: .failure) { _ = Trainer.Sampling(interval: 1, count: 0) }
    }

    @Test func theEndOfTheDataIsAnError() throws {
        #expect(throws: TrainingError.outOfData(step: 2)) {
            try events(batches: 2, until: 5, sampling: nil)
        }
    }

    @Test func whatTheObserverThrowsComesThrough() {
        struct Full: Error {}
        var trainer = Trainer(state: smallState(), configuration: goldenConfiguration)
        #expect(throws: Full.self) {
            try trainer.run([batch(0)], until: 1, sampling: nil) { _, _ in throw Full() }
        }
        #expect(trainer.state.step == 1)
    }

    @Test func samplesComeFromFixedLatents() {
        // With the weights of the beginning all pictures are grey.
        var state = smallState()
        state.generator.mapTensors { _, tensor in tensor * 5 }
        let nine = state.sample(9, seed: 3, averaged: false).pictures
        // The first four of nine; another batch size may round differently.
        let four = state.sample(4, seed: 3, averaged: false).pictures
        #expect(four.count == 4 * 16 * 16 * 3)
        #expect(zip(four, nine).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
        #expect(state.sample(9, seed: 4, averaged: false).pictures != nine)
        #expect(Set(nine).count > 4)
        #expect(state.sample(9, seed: 3).pictures != nine)
    }

    @Test func bytesAndBackAreExact() {
        let bytes = Tensor(uint8: Array(0...255), shape: [4, 4, 4, 4])
        let pictures = networkPictures(bytes)
        let values = pictures.floats()
        #expect(values.first == -1 && abs((values.last ?? 0) - 1) < 1e-6)
        #expect(bytePictures(pictures).uint8s() == Array(0...255))
        let outside = Tensor([-1.5, -1, 0, 1, 7])
        #expect(bytePictures(outside).uint8s() == [0, 0, 128, 255, 255])
    }
}
