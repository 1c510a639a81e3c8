extension ViewerModel {
    /// More metrics than this are not plotted: a log is a file, and may say anything.
    private static let mostMetrics = 48

    static func isMetric(_ key: String) -> Bool { key.hasPrefix(PlotDescription.metricPrefix) }

    /// Appends a point to the curves that have a value in it.
    mutating func append(_ point: MetricPoint) {
        let measured = point.values.keys.filter(Self.isMetric).sorted()
        if measured.count < point.values.count { cutBack(to: point.step) }
        for key in measured {
            if !metricKeys.contains(key) {
                guard metricKeys.count < Self.mostMetrics else { continue }
                metricKeys.append(key)
            }
            curves[key, default: Curve()].truncate(from: point.step)
            curves[key]?.append(step: point.step, value: point.values[key] ?? .nan)
        }
        for series in (plots + measures).flatMap(\.series) {
            guard let value = point.values[series.key], !Self.isMetric(series.key) else { continue }
            curves[series.key, default: Curve()].append(step: point.step, value: value)
        }
    }

    /// A step again, or one before: training went back to it. A metric of that very step may have come
    /// before the step's losses, and stays.
    private mutating func cutBack(to step: Int) {
        defer { lastStep = step }
        guard step <= lastStep else { return }
        for key in curves.keys where step < lastStep || !Self.isMetric(key) {
            curves[key]?.truncate(from: Self.isMetric(key) ? step + 1 : step)
        }
    }

    /// The plots of what was measured: those that the source declares, once they have a curve, then
    /// those that the log names.
    package var metricPlots: [PlotDescription] {
        measures.filter { $0.series.contains { curves[$0.key] != nil } }
            + metricKeys.map { PlotDescription.metric($0) }
    }

    /// How many pages of metrics there are.
    package var metricPageCount: Int {
        (metricPlots.count + metricsPerPage - 1) / metricsPerPage
    }

    /// The plots of the page that is shown.
    package var shownPlots: [PlotDescription] {
        guard plotPage > 0 else { return plots }
        let measured = metricPlots
        let start = min((plotPage - 1) * metricsPerPage, max(measured.count - 1, 0))
        return Array(measured[start..<min(start + metricsPerPage, measured.count)])
    }

    /// The next page of plots: the training's, then the metrics'.
    mutating func nextPlots(now: Double) {
        if metricPlots.isEmpty {
            show(
                measures.isEmpty
                    ? "There are no metrics yet: train with --metrics-every to have their curves"
                    : "Nothing was measured yet", now: now)
            return
        }
        plotPage = plotPage >= metricPageCount ? 0 : plotPage + 1
    }
}
