import ArgumentParser
import Imaging
import Metrics
import Reproduction
import TensorCore

/// `atelier reproduce ring`.
struct RingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Eight Gaussians on a circle (PacGAN, table 1).",
        discussion: """
            Modes found, share of samples of high quality and reverse divergence, by GAN, PacGAN and \
            relativistic pairs with R1 and R2. Leaves a picture of samples over data per method.

              atelier reproduce ring --trials 10 --out ring
              atelier reproduce ring --method 'RpGAN + R1 + R2' --trials 1
            """)

    @OptionGroup var options: ReproduceOptions

    func run() throws {
        try reportingFailures { try MixtureRun.run(.ring, .ring, "ring", options) }
    }
}

/// `atelier reproduce grid`.
struct GridCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grid", abstract: "25 Gaussians on a grid (PacGAN, table 1).",
        discussion: """
            As 'atelier reproduce ring', with 25 modes.

              atelier reproduce grid --trials 10 --out grid
            """)

    @OptionGroup var options: ReproduceOptions

    func run() throws {
        try reportingFailures { try MixtureRun.run(.grid, .grid, "grid", options) }
    }
}

/// The tables of mixtures.
private enum MixtureRun {
    static func run(
        _ data: GaussianMixtureProtocol, _ settings: MixtureSettings, _ name: String,
        _ options: ReproduceOptions
    ) throws {
        var settings = settings
        if let steps = options.steps { settings.steps = steps }
        var methods = try options.chosen(MixtureMethod.all(for: data, settings)) { $0.name }
        if options.quick { methods = methods.map { $0.quick() } }
        try options.begin()
        var run = try TableRun(
            name, table: .mixture(data, methods: methods), methods: methods.map(\.name),
            settings: methods, trials: options.quick ? 2 : data.trialCount, options: options)
        try run.run { place, trial, seed, progress in
            let clock = ContinuousClock()
            let start = clock.now
            var work = MixtureTrial(data, methods[place], seed: seed)
            while !work.isDone {
                if Interruption.isRequested { return nil }
                try work.advance(100)
                let pace = (clock.now - start) / .seconds(1) / Double(work.step)
                progress.show(step: work.step, steps: work.method.steps, pace: pace, "")
            }
            let result = try work.measure()
            let seconds = (clock.now - start) / .seconds(1)
            if trial == 0 { try draw(work, name, result, options) }
            return TrialOutcome(figures: ReproductionTable.figures(result), seconds: seconds)
        }
    }

    /// The first trial's samples over as many points of the data.
    private static func draw(
        _ trial: MixtureTrial, _ name: String, _ result: GaussianMixtureProtocol.Result,
        _ options: ReproduceOptions
    ) throws {
        let count = trial.data.sampleCount
        let method = trial.method.name
        let caption =
            "\(method): \(result.modes) of \(trial.data.centres.count), "
            + "\(Readable.fixed(100 * result.highQualityShare, 1)) %"
        let picture = ScatterPlot(of: trial.data).picture(
            real: trial.data.points(count, key: RandomKey(seed: trial.seed).folded("plot")),
            made: trial.samples(count), caption: caption)
        try PNGFile.write(picture, to: options.path("\(name)-\(FileStem.of(method)).png"))
    }
}

/// Names of methods as parts of file names.
enum FileStem {
    /// Small letters and digits, with a dash for all else.
    static func of(_ name: String) -> String {
        let parts = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return parts.joined(separator: "-")
    }
}
