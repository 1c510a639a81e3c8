/// Where everything lies, in points (pixels at scale 1), for a window of a given size.
package struct ViewerLayout: Sendable, Equatable {
    /// The least window that everything fits in, in points.
    package static let leastSize = Point(x: 720, y: 480)

    static let margin: Float = 12
    static let gap: Float = 10
    static let pad: Float = 14
    static let figureHeight: Float = 40
    static let warningLine: Float = 18
    static let warningPad: Float = 9

    /// The width of the right column in a window so wide.
    package static func sideWidth(of width: Float) -> Float {
        min(max((width * 0.29).rounded(), 264), 400)
    }

    /// How many figures stand side by side in a status panel so wide.
    package static func figuresPerRow(in width: Float) -> Int { width >= 330 ? 4 : 2 }

    /// The whole window.
    package var window: Rect
    /// The line above the samples: what is shown, and buttons.
    package var header: Rect
    /// The samples.
    package var grid: Rect
    /// Name, state, step, speed.
    package var status: Rect
    /// The plots, top to bottom; fewer than asked for where there is no room.
    package var plots: [Rect]
    /// The buttons that choose among pages of plots, where there are several.
    package var tabs: Rect?
    /// The warnings, where there are any.
    package var warnings: Rect?
    /// What an explorer is set with, in place of status and plots.
    package var explorer: Rect?
    /// The scrubber.
    package var timeline: Rect

    /// All panels.
    package var panels: [Rect] {
        [header, grid, status, timeline].filter { !$0.isEmpty } + plots
            + [tabs, warnings, explorer].compactMap { $0 }
    }

    /// Lays a window out.
    /// - Parameters:
    ///   - width, height: The window's size in points.
    ///   - plotCount: Plots to find room for.
    ///   - warningLines: Lines of warnings to find room for, 0 for none.
    ///   - hasControls: Whether there are buttons below the figures.
    ///   - detailLines: Lines that tell what the run is.
    ///   - hasTabs: Whether there are several pages of plots.
    ///   - isExploring: Whether the right column is the explorer's.
    package init(
        width: Float, height: Float, plotCount: Int, warningLines: Int, hasControls: Bool = true,
        detailLines: Int = 1, hasTabs: Bool = false, isExploring: Bool = false
    ) {
        window = Rect(x: 0, y: 0, width: width, height: height)
        var rest = window.inset(Self.margin)
        timeline = rest.takeBottom(62)
        _ = rest.takeBottom(Self.gap)
        var side = rest.takeRight(Self.sideWidth(of: width))
        _ = rest.takeRight(Self.gap)
        header = rest.takeTop(40)
        _ = rest.takeTop(Self.gap - 2)
        warnings = nil
        if warningLines > 0, !isExploring {
            // The samples keep most of the height, however much is wrong.
            let wanted = Float(warningLines) * Self.warningLine + 2 * Self.warningPad
            warnings = rest.takeTop(min(wanted, (rest.height * 0.34).rounded()))
            _ = rest.takeTop(Self.gap - 2)
        }
        grid = rest

        tabs = nil
        plots = []
        explorer = isExploring ? side : nil
        guard !isExploring else {
            status = Rect(x: side.x, y: side.y, width: 0, height: 0)
            return
        }
        let figureRows = Float(4 / Self.figuresPerRow(in: side.width))
        status = side.takeTop(
            2 * Self.pad + 26 + 20 * Float(max(detailLines, 1)) + 12 + 34 + 12
                + figureRows * Self.figureHeight
                + (hasControls ? 12 + 32 : 0))
        _ = side.takeTop(Self.gap)
        if hasTabs, side.height >= 140 {
            tabs = side.takeTop(28)
            _ = side.takeTop(Self.gap - 2)
        }
        var count = plotCount
        while count > 1, (side.height - Self.gap * Float(count - 1)) / Float(count) < 104 {
            count -= 1
        }
        guard count > 0, side.height >= 80 else { return }
        let plotHeight = ((side.height - Self.gap * Float(count - 1)) / Float(count)).rounded(.down)
        for index in 0..<count {
            plots.append(side.takeTop(index == count - 1 ? side.height : plotHeight))
            _ = side.takeTop(Self.gap)
        }
    }
}
