import Imaging
import Metrics
import Networks
import Reproduction
import TensorCore
import Testing
import Training

/// The ring and the grid, so small that nothing is learned: tables come out and mean what they say.
@Suite struct MixtureTests {
    init() { _ = Engine.installed }

    /// A table of quick trials.
    private func table(
        _ data: GaussianMixtureProtocol, _ settings: MixtureSettings, seeds: [UInt64]
    ) throws -> ReproductionTable {
        let methods = MixtureMethod.all(for: data, settings).map { $0.quick(steps: 12) }
        var table = ReproductionTable.mixture(data, methods: methods)
        for method in methods {
            let trials = try seeds.map { seed in
                var trial = MixtureTrial(data, method, seed: seed)
                while !trial.isDone { try trial.advance(5) }
                return ReproductionTable.figures(try trial.measure())
            }
            table.rows.append(.init(method: method.name, seeds: seeds, trials: trials))
        }
        return table
    }

    @Test func everyMethodGivesFiguresInRange() throws {
        let table = try table(.grid, .grid, seeds: [1])
        #expect(
            table.rows.map(\.method) == [
                "GAN", "PacGAN2", "PacGAN3", "PacGAN4", "RpGAN + R1 + R2",
            ])
        for row in table.rows {
            let figures = row.trials[0]
            #expect(figures.count == table.columns.count)
            #expect((0...25).contains(figures[0] ?? -1))
            #expect((0...1).contains(figures[1] ?? -1))
            // No sample of high quality: no divergence.
            if let divergence = figures[2] { #expect(divergence >= -1e-9) }
            #expect((figures[2] == nil) == (figures[0] == 0))
        }
    }

    @Test func equalSeedsGiveEqualTablesAndOthersDoNot() throws {
        let trials = try [3, 3, 4].map { (seed: UInt64) -> [Float] in
            let method = MixtureMethod.all(for: .ring, .ring)[4].quick(steps: 6)
            var trial = MixtureTrial(.ring, method, seed: seed)
            try trial.advance(6)
            #expect(trial.isDone)
            return trial.samples(20)
        }
        #expect(trials[0] == trials[1])
        #expect(trials[0] != trials[2])
        #expect(trials[0].allSatisfy { $0.isFinite })
        let one = try table(.ring, .ring, seeds: [5, 6])
        #expect(try one == table(.ring, .ring, seeds: [5, 6]))
    }

    @Test func aSetOfPartsOfATrialIsTheTrial() throws {
        let method = MixtureMethod.all(for: .ring, .ring)[1].quick(steps: 8)
        var whole = MixtureTrial(.ring, method, seed: 9)
        try whole.advance(8)
        var parts = MixtureTrial(.ring, method, seed: 9)
        for _ in 0..<8 { try parts.advance(1) }
        #expect(whole.samples(10) == parts.samples(10))
    }

    @Test func settingsAreThoseOfTrials() {
        let all =
            MixtureMethod.all(for: .ring, .ring) + MixtureMethod.all(for: .grid, .grid)
        for method in all {
            #expect(method.problem == nil)
            #expect(method.quick().problem == nil)
        }
        var method = MixtureMethod.all(for: .ring, .ring)[2]
        method.training.batchSize = 512
        #expect(method.problem?.contains("packs") == true)
        method.steps = 0
        #expect(method.problem?.contains("step") == true)
    }

    @Test func aPlotShowsSamplesOverData() {
        let plot = ScatterPlot(side: 100, reach: 2)
        // A sample at the upper right, data at the lower left, and what lies nowhere.
        let picture = plot.picture(
            real: [-1, -1], made: [1, 1, 5, 5, .nan, 0, .infinity, 0], caption: "x")
        func pixel(_ x: Int, _ y: Int) -> [Int] {
            (0..<3).map { Int(picture.bytes[(y * 100 + x) * 3 + $0]) }
        }
        let (made, real, ground) = (pixel(75, 25), pixel(25, 75), pixel(60, 90))
        #expect(made[0] > made[2] + 40)
        #expect(real[0] < ground[0] - 20)
        #expect(abs(real[0] - real[2]) < 30)
    }
}
