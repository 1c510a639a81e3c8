import Runs
import Viewer

/// A translation run that this process trains, as the window sees it: the samples are input, output and
/// target beside each other, or both ways of CycleGAN.
final class TranslationSource: ViewerSource {
    private let run: RunFolder
    private let feed: LiveFeed
    let capabilities: ViewerCapabilities = [.control, .save]
    let plots: [PlotDescription]

    init(_ run: RunFolder, _ configuration: TranslationRunConfiguration, feed: LiveFeed) {
        self.run = run
        self.feed = feed
        plots = Self.plots(configuration.method)
        // What an earlier session of the run left: curves and snapshots to scrub through.
        var metrics = MetricsReader(path: run.metricsPath)
        let past = metrics.poll().records.map { MetricPoint(step: $0.step, values: $0.values) }
        let snapshots = run.snapshotReferences
        let frames = snapshots.last.flatMap { try? run.frame($0) }.map { [$0] } ?? []
        feed.publish(
            ViewerUpdate(
                run: RunDescription(name: run.name, detail: configuration.summary),
                progress: RunProgress(state: .starting), metrics: past, frames: frames,
                snapshots: snapshots))
    }

    /// The curves of a method: its game, its errors, and what was measured on held-out pictures.
    static func plots(_ method: TranslationMethod) -> [PlotDescription] {
        let game = PlotDescription(
            title: "Game",
            series: [
                SeriesDescription(
                    key: "d_loss", title: "Discriminator", shortTitle: "D", hue: .blue),
                SeriesDescription(
                    key: "g_adversarial", title: "Generator", shortTitle: "G", hue: .amber),
            ])
        switch method {
        case .pix2pix:
            return [
                game,
                PlotDescription(
                    title: "L1",
                    series: [
                        SeriesDescription(key: "l1", title: "Training", hue: .green),
                        SeriesDescription(key: "held_out_l1", title: "Held out", hue: .rose),
                    ]),
            ]
        case .cyclegan:
            return [
                game,
                PlotDescription(
                    title: "Distance",
                    series: [
                        SeriesDescription(key: "a_to_b_distance", title: "A to B", hue: .green),
                        SeriesDescription(key: "b_to_a_distance", title: "B to A", hue: .rose),
                    ]),
            ]
        }
    }

    func poll() -> ViewerUpdate? { feed.take() }
    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame {
        try run.frame(snapshot)
    }
    func requestPause() throws { try run.request(.pause) }
    func requestResume() throws { try run.request(.resume) }
    func requestStop() throws { try run.request(.stop) }
    func saveGrid(_ frame: SampleFrame) throws -> String { try run.save(frame) }
}
