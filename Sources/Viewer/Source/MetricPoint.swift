/// The values that were measured at one step, by the keys of the plots' series.
public struct MetricPoint: Sendable, Hashable {
    /// The step.
    public var step: Int
    /// Values by key; one that is not finite leaves a gap.
    public var values: [String: Double]

    /// Values at a step.
    public init(step: Int, values: [String: Double]) {
        self.step = step
        self.values = values
    }
}

/// One curve of a plot.
public struct SeriesDescription: Sendable, Hashable {
    /// Which colour a curve has; two of a plot should differ.
    public enum Hue: Sendable, Hashable, CaseIterable {
        /// The first network, the discriminator.
        case blue
        /// The second network, the generator.
        case amber
        /// Real pictures.
        case green
        /// Generated pictures.
        case rose
        /// Anything else.
        case violet
    }

    /// The key of its values in `MetricPoint.values`.
    public var key: String
    /// Its name in the legend.
    public var title: String
    /// Its name where there is little room.
    public var shortTitle: String
    /// Its colour.
    public var hue: Hue

    /// A curve; the short title is the title unless given.
    public init(key: String, title: String, shortTitle: String? = nil, hue: Hue) {
        self.key = key
        self.title = title
        self.shortTitle = shortTitle ?? title
        self.hue = hue
    }
}

/// One plot: a few curves over the steps of the run.
public struct PlotDescription: Sendable, Hashable {
    /// Its heading.
    public var title: String
    /// Its curves, drawn in this order.
    public var series: [SeriesDescription]
    /// The least range the vertical axis shows, so that noise about a constant stays flat.
    public var leastRange: ClosedRange<Double>?

    /// A plot.
    public init(title: String, series: [SeriesDescription], leastRange: ClosedRange<Double>? = nil)
    {
        self.title = title
        self.series = series
        self.leastRange = leastRange
    }

    /// The losses of discriminator (`d_loss`) and generator (`g_loss`).
    public static let losses = PlotDescription(
        title: "Loss",
        series: [
            SeriesDescription(key: "d_loss", title: "Discriminator", shortTitle: "D", hue: .blue),
            SeriesDescription(key: "g_loss", title: "Generator", shortTitle: "G", hue: .amber),
        ])

    /// Keys that begin so are metrics: each gets a plot of its own, without being declared.
    public static let metricPrefix = "metric/"

    /// The plot of a metric, by its key.
    package static func metric(_ key: String) -> PlotDescription {
        let name = key.dropFirst(metricPrefix.count).map { "_-".contains($0) ? " " : $0 }
        return PlotDescription(
            title: String(name),
            series: [SeriesDescription(key: key, title: "Newest", hue: .violet)])
    }

    /// The discriminator's mean score on real (`d_real`) and generated (`d_fake`) pictures, as
    /// probabilities.
    public static let scores = PlotDescription(
        title: "D's score",
        series: [
            SeriesDescription(key: "d_real", title: "Real", hue: .green),
            SeriesDescription(key: "d_fake", title: "Generated", shortTitle: "Fake", hue: .rose),
        ],
        leastRange: 0...1)
}
