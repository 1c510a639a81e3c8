extension ViewerScreen {
    /// A curve thinned out for the width of its plot.
    private struct Trace {
        var series: SeriesDescription
        var curve: Curve
        var buckets: [Curve.Bucket]
        var colour: Colour { Theme.colour(of: series.hue) }
    }

    /// Where a plot's curves lie, and its two scales.
    private struct PlotArea {
        var rect: Rect
        var steps: AxisScale
        var values: AxisScale

        func x(_ step: Double) -> Float {
            rect.x + rect.width * Float(steps.position(of: step))
        }
        func y(_ value: Double) -> Float {
            // A spike beyond the axis leaves the plot, and does not overflow the arithmetic.
            rect.bottom - rect.height * Float(min(max(values.position(of: value), -2), 3))
        }
    }

    /// The buttons between the training's curves and those of its metrics.
    mutating func drawTabs(_ model: ViewerModel) {
        guard var row = layout.tabs else { return }
        let pages = model.metricPageCount
        let isMeasured = model.plotPage > 0
        let number = isMeasured && pages > 1 ? " \(model.plotPage)/\(pages)" : ""
        let half = (row.width - 6) / 2
        if button(
            "training", row.takeLeft(half), title: "Training", isOn: !isMeasured,
            hint: "Losses and scores   M")
        {
            actions.append(.plotPage(0))
        }
        _ = row.takeLeft(6)
        if button(
            "metrics", row, title: "Metrics\(number)", isOn: isMeasured,
            hint: pages > 1 && isMeasured ? "More metrics   M" : "Metrics of the samples   M")
        {
            actions.append(.plotPage(isMeasured ? model.plotPage % pages + 1 : 1))
        }
    }

    /// The plots of the right column.
    mutating func drawPlots(_ model: ViewerModel) {
        let steps = Self.stepRange(model)
        for (index, rect) in layout.plots.enumerated() where index < model.shownPlots.count {
            let area = plotRect(in: rect)
            let hit = painter.hit("plot \(index)", area)
            if hit.isHovered {
                let part = Double((hit.pointer.x - area.x) / area.width)
                let step = steps.lowerBound + part * (steps.upperBound - steps.lowerBound)
                hoveredStep = step
                painter.tooltip(
                    "Step \(NumberText.grouped(Int(exactly: step.rounded()) ?? Int.max))",
                    by: Rect(x: hit.pointer.x, y: area.y, width: 0, height: area.height - 2))
            }
        }
        for (rect, plot) in zip(layout.plots, model.shownPlots) {
            draw(plot, model, steps: steps, in: rect)
        }
    }

    private func plotRect(in rect: Rect) -> Rect {
        Rect(
            x: rect.x + 50, y: rect.y + 40, width: max(rect.width - 50 - ViewerLayout.pad, 1),
            height: max(rect.height - 40 - 30, 1))
    }

    private static func stepRange(_ model: ViewerModel) -> ClosedRange<Double> {
        let buckets = model.curves.values.filter { !$0.buckets.isEmpty }
        let first = buckets.map { $0.buckets[0].firstStep }.min() ?? 0
        let last = buckets.map { $0.buckets[$0.buckets.count - 1].lastStep }.max() ?? 1
        return min(Double(first), Double(last) - 1)...Double(last)
    }

    private func draw(
        _ plot: PlotDescription, _ model: ViewerModel, steps: ClosedRange<Double>, in rect: Rect
    ) {
        card(rect)
        let inner = plotRect(in: rect)
        let traces = plot.series.map { series in
            let curve = model.curves[series.key] ?? Curve()
            return Trace(
                series: series, curve: curve,
                buckets: curve.resampled(to: max(Int(inner.width / 2.5), 2)))
        }
        drawLegend(plot, traces, in: rect)
        guard traces.contains(where: { !$0.buckets.isEmpty }) else {
            painter.text("No values yet", in: inner, .body, Theme.faint, align: .centre)
            return
        }
        let area = PlotArea(
            rect: inner,
            steps: AxisScale(covering: steps, count: max(Int(inner.width / 70), 2), expand: false),
            values: AxisScale(
                covering: Self.valueRange(traces, least: plot.leastRange),
                count: max(Int(inner.height / 30), 2), expand: true))
        drawAxes(area)
        painter.clip(to: inner.inset(x: 0, y: -2)) {
            for trace in traces { draw(trace, in: area) }
            drawSnapshotMark(model, in: area)
            if let hoveredStep { drawHover(traces, at: hoveredStep, in: area) }
        }
    }

    /// The range that holds nearly all means: one spike does not flatten the rest.
    private static func valueRange(
        _ traces: [Trace], least: ClosedRange<Double>?
    ) -> ClosedRange<Double> {
        var low = least?.lowerBound ?? .infinity
        var high = least?.upperBound ?? -.infinity
        for trace in traces where !trace.buckets.isEmpty {
            let sorted = trace.buckets.map(\.mean).sorted()
            let cut = sorted.count / 60
            low = min(low, sorted[cut], trace.buckets[trace.buckets.count - 1].mean)
            high = max(
                high, sorted[sorted.count - 1 - cut], trace.buckets[trace.buckets.count - 1].mean)
        }
        return low <= high ? low...high : 0...1
    }

    private func drawLegend(_ plot: PlotDescription, _ traces: [Trace], in rect: Rect) {
        var row = Rect(
            x: rect.x + ViewerLayout.pad, y: rect.y + 9, width: rect.width - 2 * ViewerLayout.pad,
            height: 20)
        for trace in traces.reversed() {
            let value =
                hoveredStep.flatMap { Curve.nearest(to: $0, in: trace.buckets)?.mean }
                ?? trace.curve.newest
            let number = value.map { NumberText.short($0) } ?? "\u{2013}"
            // A steady width, so that the legend does not jump as the numbers change.
            let width = max(painter.size(of: number, .small).x, painter.size(of: "0.000", .small).x)
            painter.text(number, in: row.takeRight(width), .small, trace.colour, align: .trailing)
            _ = row.takeRight(5)
            let title = rect.width < 330 ? trace.series.shortTitle : trace.series.title
            let titleWidth = painter.size(of: title, .small).x + 1
            painter.text(title, in: row.takeRight(titleWidth), .small, Theme.muted)
            _ = row.takeRight(6)
            let swatch = row.takeRight(10)
            painter.fill(
                Rect(x: swatch.x, y: swatch.centre.y - 1.5, width: 10, height: 3), trace.colour,
                radius: 1.5)
            _ = row.takeRight(12)
        }
        painter.text(plot.title, in: row, .strong)
    }

    private func drawAxes(_ area: PlotArea) {
        let rect = area.rect
        for tick in area.values.ticks {
            let y = area.y(tick)
            painter.rule(
                from: Point(x: rect.x, y: y), to: Point(x: rect.right, y: y), Theme.grid)
            painter.text(
                NumberText.fixed(tick, decimals: area.values.decimals),
                in: Rect(x: rect.x - 48, y: y - 8, width: 40, height: 16), .small, Theme.faint,
                align: .trailing)
        }
        let ticks = area.steps.ticks
        let spacing = ticks.count > 1 ? ticks[1] - ticks[0] : 1
        for tick in ticks {
            let label = NumberText.axisStep(tick, spacing: spacing)
            let width = painter.size(of: label, .small).x + 2
            let x = min(max(area.x(tick) - width / 2, rect.x - 8), rect.right - width + 8)
            painter.rule(
                from: Point(x: area.x(tick), y: rect.bottom),
                to: Point(x: area.x(tick), y: rect.bottom + 4), Theme.grid)
            painter.text(
                label, in: Rect(x: x, y: rect.bottom + 7, width: width, height: 16), .small,
                Theme.faint, align: .centre)
        }
    }

    private func draw(_ trace: Trace, in area: PlotArea) {
        let x = trace.buckets.map { area.x($0.step) }
        if trace.curve.buckets.count > trace.buckets.count || trace.curve.capacity > 1 {
            painter.band(
                x: x, low: trace.buckets.map { area.y($0.low) },
                high: trace.buckets.map { area.y($0.high) }, trace.colour.faded(0.16))
        }
        let points = zip(x, trace.buckets).map { Point(x: $0, y: area.y($1.mean)) }
        if points.count == 1 {
            painter.circle(points[0], radius: 2.5, trace.colour)
        } else {
            painter.polyline(points, trace.colour, thickness: 1.6)
            // Few points are values that somebody waited for: each is to be seen.
            guard points.count <= 40 else { return }
            for point in points { painter.circle(point, radius: 2.5, trace.colour) }
        }
    }

    private func drawSnapshotMark(_ model: ViewerModel, in area: PlotArea) {
        guard model.position != .live, let index = model.shownSnapshot else { return }
        let x = area.x(Double(model.snapshots[index].step))
        painter.rule(
            from: Point(x: x, y: area.rect.y), to: Point(x: x, y: area.rect.bottom),
            Theme.accent.faded(0.7))
    }

    private func drawHover(_ traces: [Trace], at step: Double, in area: PlotArea) {
        let x = area.x(step)
        painter.rule(
            from: Point(x: x, y: area.rect.y), to: Point(x: x, y: area.rect.bottom), Theme.faint)
        for trace in traces {
            guard let bucket = Curve.nearest(to: step, in: trace.buckets) else { continue }
            let centre = Point(x: area.x(bucket.step), y: area.y(bucket.mean))
            painter.circle(centre, radius: 4.5, Theme.panel)
            painter.circle(centre, radius: 3, trace.colour)
        }
    }
}
