import Imaging
import Networks
import Reproduction
import Training

/// Trials on pictures: resumed by steps, saved now and then, with a grid of samples each.
enum PictureRun {
    /// Seconds between two saves.
    private static let saveInterval = 180.0

    /// What results depend on beside the seed.
    struct Settings: Codable {
        var method: PictureMethod
        /// How many samples are judged.
        var samples: Int
        /// By what they are judged.
        var judge: String
    }

    /// A trial that was trained to its end.
    struct Done {
        var trial: PictureTrial
        /// How long it took, in seconds, the time before an interruption included.
        var seconds: Double
        /// Where its state was saved on the way.
        var statePath: String
    }

    /// Trains a trial to its end.
    ///
    /// - Parameters:
    ///   - trial: Before its first step.
    ///   - stem: How its files are called.
    /// - Returns: Nil where it was interrupted; the state is then saved.
    static func train(
        _ trial: PictureTrial, stem: String, _ options: ReproduceOptions,
        _ progress: inout TrialProgress
    ) throws -> Done? {
        var trial = trial
        let state = options.path("\(stem).state.safetensors")
        let before = try TrialState.restore(&trial, from: state) ?? 0
        if trial.step > 0 { progress.say("\(stem): going on after step \(trial.step)") }
        let clock = ContinuousClock()
        let start = clock.now
        let first = trial.step
        var saved = 0.0
        while !trial.isDone {
            let report: StepReport
            do {
                report = try trial.advance()
            } catch TrainingError.nonFinite(let step, let name, let value) {
                throw Failure(
                    "\(stem): the \(name) of step \(step) is \(value); the state of the last save is kept"
                )
            }
            let seconds = (clock.now - start) / .seconds(1)
            func value(_ name: String) -> String {
                report.values[name].map { Readable.fixed(Double($0), 2) } ?? "-"
            }
            progress.show(
                step: trial.step, steps: trial.method.steps,
                pace: seconds / Double(trial.step - first),
                "loss D \(value("d_loss")) G \(value("g_loss"))")
            let isStopped = Interruption.isRequested
            if !trial.isDone && (isStopped || seconds - saved >= saveInterval) {
                try TrialState.save(trial, seconds: before + seconds, to: state)
                saved = seconds
            }
            if isStopped && !trial.isDone { return nil }
        }
        return Done(
            trial: trial, seconds: before + (clock.now - start) / .seconds(1), statePath: state)
    }

    /// Writes a grid of the first of some pictures.
    static func draw(
        _ pictures: [UInt8], of trial: PictureTrial, count: Int = 64, stem: String,
        _ options: ReproduceOptions
    ) throws {
        let shape = trial.method.picture
        let size = shape.height * shape.width * shape.channels
        let format = PixelFormat(rawValue: UInt8(shape.channels)) ?? .rgb
        let shown = (0..<min(count, pictures.count / size)).map { index in
            PixelBuffer(
                width: shape.width, height: shape.height, format: format,
                bytes: Array(pictures[index * size..<(index + 1) * size]))
        }
        let grid = PictureGrid(
            columns: SamplePictures.columnCount(shown.count), padding: SamplePictures.padding)
        try PNGFile.write(grid.compose(shown), to: options.path("\(stem).png"))
    }
}
