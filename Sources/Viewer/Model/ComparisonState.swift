/// How a run whose samples have panes is looked at.
package struct ComparisonState: Sendable, Hashable {
    /// What fills the window.
    package enum Mode: Sendable, Hashable, CaseIterable {
        /// The whole sheet of samples.
        case sheet
        /// The panes of one picture side by side.
        case sides
        /// Two panes of one picture over each other, with a line to drag.
        case wipe

        /// What the window calls it.
        package var title: String {
            switch self {
            case .sheet: "Sheet"
            case .sides: "Sides"
            case .wipe: "Wipe"
            }
        }
    }

    /// What fills the window.
    package var mode = Mode.sides
    /// The picture, from 0 on.
    package var picture = 0
    /// The way, from 0 on.
    package var way = 0
    /// Which two panes lie over each other.
    package var pair = 0
    /// Where the line is: 0 at the left edge, all after; 1 at the right edge, all before.
    package var line = 0.5

    /// The first picture, its panes side by side.
    package init() {}
}

/// What the user can change while comparing.
package enum ComparisonAction: Sendable, Hashable {
    /// The sheet, panes side by side, or the wipe.
    case mode(ComparisonState.Mode)
    /// The wipe, or panes side by side.
    case toggleWipe
    /// A picture by its place.
    case picture(Int)
    /// The picture so many on, round in a circle.
    case movePicture(Int)
    /// A way by its place.
    case way(Int)
    /// The next way.
    case nextWay
    /// The next two panes to lay over each other.
    case nextPair
    /// Put the line somewhere, 0...1.
    case line(Double)
    /// Move the line.
    case moveLine(Double)
}

extension ViewerModel {
    /// How many pictures the shown grid holds; nil where the source has no panes, or the grid none.
    package var pictureCount: Int? {
        guard let panes, let frame = shown else { return nil }
        return panes.pictureCount(frame.content.geometry.count)
    }

    /// What fills the window of a source with panes: the sheet where a grid has none. Nil where the
    /// source has no panes, or something else is shown.
    package var comparing: ComparisonState.Mode? {
        guard panes != nil, !isExploring, shown != nil else { return nil }
        return pictureCount == nil ? .sheet : comparison.mode
    }

    /// Does what the user asked for.
    mutating func compare(_ action: ComparisonAction, now: Double) {
        guard let panes else { return }
        guard let count = pictureCount else {
            if shown != nil { show("These samples have no panes to compare", now: now) }
            return
        }
        func around(_ value: Int, _ count: Int) -> Int { ((value % count) + count) % count }
        func inside(_ value: Double) -> Double { min(max(value, 0), 1) }
        switch action {
        case .mode(let mode):
            // From a marked sample to its picture.
            if comparison.mode == .sheet, mode != .sheet, let selection {
                let place = selection / panes.paneCount
                comparison.picture = place / panes.ways.count
                comparison.way = place % panes.ways.count
            }
            comparison.mode = mode
        case .toggleWipe: comparison.mode = comparison.mode == .wipe ? .sides : .wipe
        case .picture(let place): comparison.picture = min(max(place, 0), count - 1)
        case .movePicture(let amount):
            comparison.picture = around(comparison.picture + amount, count)
        case .way(let place): comparison.way = min(max(place, 0), panes.ways.count - 1)
        case .nextWay: comparison.way = around(comparison.way + 1, panes.ways.count)
        case .nextPair: comparison.pair = around(comparison.pair + 1, panes.pairs.count)
        case .line(let place): comparison.line = inside(place)
        case .moveLine(let amount): comparison.line = inside(comparison.line + amount)
        }
    }

    /// Keeps the picture among those that a new grid has.
    mutating func clampComparison() {
        if let count = pictureCount { comparison.picture = min(comparison.picture, count - 1) }
    }
}

extension ViewerAction {
    /// What a key means in a window that compares; nil where it means what it always does.
    static func comparing(
        _ key: ViewerKey, shift: Bool, _ mode: ComparisonState.Mode
    ) -> ViewerAction? {
        switch key {
        case .character("1"): return .compare(.mode(.sheet))
        case .character("2"): return .compare(.mode(.sides))
        case .character("3"): return .compare(.mode(.wipe))
        case .character("w"): return .compare(.toggleWipe)
        default: break
        }
        guard mode != .sheet else { return nil }
        let way = shift ? -1 : 1
        switch key {
        case .left where mode == .wipe: return .compare(.moveLine(shift ? -0.01 : -0.05))
        case .right where mode == .wipe: return .compare(.moveLine(shift ? 0.01 : 0.05))
        case .left, .up: return .compare(.movePicture(-1))
        case .right, .down: return .compare(.movePicture(1))
        case .tab: return .compare(.movePicture(way))
        case .enter: return .compare(.toggleWipe)
        case .character("d"): return .compare(.nextWay)
        case .character("t"): return .compare(.nextPair)
        default: return nil
        }
    }

    /// Whether it is for the sheet, which panes and wipe hide.
    var isAboutSheet: Bool {
        switch self {
        case .zoomIn, .zoomOut, .zoomFit, .pan, .moveSelection, .enlarge, .toggleScores: true
        default: false
        }
    }
}
