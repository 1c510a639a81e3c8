import Runs
import Viewer

/// What the window has to know of a run beside what its folder holds: each kind of run gives one.
struct RunAppearance: Sendable {
    /// One line about the run.
    var summary: String
    /// The curves of its training.
    var plots: [PlotDescription] = [.losses, .scores]
    /// The curves of what is measured now and then.
    var measures: [PlotDescription] = []
    /// What the samples that belong together show; nil where each stands for itself.
    var panes: PaneLayout?
    /// Whether its network makes pictures of seeds.
    var canExplore = false
    /// What each row of a sheet of samples shows; none where rows mean nothing.
    var rowTitles: @Sendable (GridGeometry) -> [String] = { _ in [] }
}

extension RunAppearance {
    /// That of a run, whatever its kind.
    ///
    /// - Throws: `RunError` for settings that cannot be read or that no run can have; a failure for a
    ///   kind that this Atelier does not know.
    init(of run: RunFolder) throws {
        switch try RunKind(of: run) {
        case .gan:
            let settings = try run.configuration(RunConfiguration.self)
            try settings.check(path: run.configurationPath)
            self = settings.appearance
        case .translation:
            let settings = try run.configuration(TranslationRunConfiguration.self)
            try settings.check(path: run.configurationPath)
            self = settings.appearance
        case .style(let training): self = .style(training, summary: "Style, \(training.rawValue)")
        }
    }

    /// That of a run that learns a style: the samples are contents beside their results.
    static func style(_ training: RunKind.StyleTraining, summary: String) -> RunAppearance {
        RunAppearance(
            summary: summary,
            plots: [
                PlotDescription(
                    title: "Loss",
                    series: [
                        SeriesDescription(key: "loss", title: "Whole", hue: .violet),
                        SeriesDescription(key: "content_loss", title: "Content", hue: .green),
                        SeriesDescription(key: "style_loss", title: "Style", hue: .amber),
                    ])
            ],
            panes: training == .style
                ? PaneLayout("Content", "Result")
                : PaneLayout("Content", "Style", "Result", made: 2))
    }
}

extension RunConfiguration {
    /// What the window has to know of a GAN.
    var appearance: RunAppearance {
        RunAppearance(
            summary: summary, canExplore: true,
            rowTitles: { SampleLayout.rowTitles(self, of: $0) })
    }
}
