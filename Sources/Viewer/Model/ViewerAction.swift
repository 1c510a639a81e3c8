/// What the user can ask for, by key or by pointer.
package enum ViewerAction: Sendable, Hashable {
    /// Pause the training, or let it go on.
    case togglePause
    /// Ask whether the training should be stopped.
    case askStop
    /// Save the grid that is shown.
    case saveGrid
    /// The snapshot before.
    case previousSnapshot
    /// The snapshot after, or the live grid.
    case nextSnapshot
    /// The first snapshot.
    case firstSnapshot
    /// The live grid.
    case live
    /// A snapshot by its place in the list.
    case snapshot(Int)
    /// Run through the snapshots, or stop doing so.
    case togglePlay
    /// A larger grid.
    case zoomIn
    /// A smaller grid.
    case zoomOut
    /// The whole grid.
    case zoomFit
    /// Move the enlarged grid by parts of its panel.
    case pan(Float, Float)
    /// Mark the sample so many columns and rows on.
    case moveSelection(Int, Int)
    /// Enlarge the marked sample.
    case enlarge
    /// Enlarge a sample by its place in the grid.
    case enlargeSample(Int)
    /// Average or raw weights.
    case toggleVariant
    /// Show samples of a variant.
    case variant(SampleVariant)
    /// Smooth or sharp pixels.
    case toggleSmoothing
    /// The discriminator's scores under the samples, or not.
    case toggleScores
    /// The next page of plots.
    case nextPlots
    /// A page of plots: 0 the training's, then the metrics'.
    case plotPage(Int)
    /// Change what is compared.
    case compare(ComparisonAction)
    /// The explorer, or the samples again.
    case toggleExplorer
    /// Change what is explored.
    case explore(ExplorerAction)
    /// The list of keys.
    case toggleHelp
    /// Yes, in a question.
    case confirm
    /// Close what lies on top; the window itself at last.
    case dismiss
    /// Close the window.
    case close
}

/// What an action needs from outside the model.
package enum ViewerEffect: Sendable {
    /// Ask the source to pause.
    case pause
    /// Ask the source to go on.
    case resume
    /// Ask the source to stop.
    case stop
    /// Save a grid.
    case save(SampleFrame)
    /// Load a snapshot.
    case load(SnapshotReference, SampleVariant)
    /// Make a network ready to be explored.
    case openExplorer
    /// Make the pictures of a request.
    case explore(ExplorerRequest)
    /// Save the picture of a request.
    case saveExplored(ExplorerRequest)
    /// Close the window.
    case close
}

/// A key, apart from any windowing library.
package enum ViewerKey: Sendable, Hashable {
    /// A key that types this, as on a US keyboard; letters are small.
    case character(Character)
    /// Keys without a character.
    case left, right, up, down, home, end, pageUp, pageDown, enter, escape, tab, f1
}

extension ViewerAction {
    /// What a key means while `overlay` is on top, over the samples or over the explorer.
    ///
    /// - Parameter comparing: What fills the window of a run whose samples have panes.
    package static func of(
        _ key: ViewerKey, shift: Bool, overlay: ViewerOverlay?, isExploring: Bool = false,
        comparing: ComparisonState.Mode? = nil
    ) -> ViewerAction? {
        if overlay == .confirmStop {
            switch key {
            case .enter, .character("y"): return .confirm
            case .escape, .character("n"), .character("q"): return .dismiss
            default: return nil
            }
        }
        if overlay == .enlarged {
            switch key {
            case .left: return .moveSelection(-1, 0)
            case .right: return .moveSelection(1, 0)
            case .up: return .moveSelection(0, -1)
            case .down: return .moveSelection(0, 1)
            case .enter: return .dismiss
            default: break
            }
        }
        if isExploring, let action = exploring(key, shift: shift) { return action }
        if let comparing, overlay == nil {
            if let action = Self.comparing(key, shift: shift, comparing) { return action }
            let action = general(key, shift: shift)
            return comparing != .sheet && action?.isAboutSheet == true ? nil : action
        }
        let action = general(key, shift: shift)
        return isExploring && action?.isAboutSamples == true ? nil : action
    }

    private static func exploring(_ key: ViewerKey, shift: Bool) -> ViewerAction? {
        let by = shift ? -1 : 1
        let change: ExplorerAction? =
            switch key {
            case .left: .moveShare(shift ? -0.01 : -0.05)
            case .right: .moveShare(shift ? 0.01 : 0.05)
            case .home: .share(0)
            case .end: .share(1)
            case .up: .moveTruncation(0.05)
            case .down: .moveTruncation(-0.05)
            case .character("a"): .moveFirst(by)
            case .character("b"): .moveSecond(by)
            case .character("r"): .newSeeds
            case .tab: .swap
            case .character("c"): .moveClass(by)
            case .character("1"): .toggleGroup(.coarse)
            case .character("2"): .toggleGroup(.middle)
            case .character("3"): .toggleGroup(.fine)
            default: nil
            }
        return change.map { .explore($0) }
    }

    /// Whether it is for the samples, which the explorer hides.
    private var isAboutSamples: Bool {
        switch self {
        case .previousSnapshot, .nextSnapshot, .firstSnapshot, .live, .snapshot, .togglePlay,
            .zoomIn, .zoomOut, .zoomFit, .pan, .moveSelection, .enlarge, .enlargeSample,
            .toggleVariant, .variant, .toggleScores, .nextPlots, .plotPage, .compare:
            true
        default: false
        }
    }

    private static func general(_ key: ViewerKey, shift: Bool) -> ViewerAction? {
        switch key {
        case .character(" "): .togglePause
        case .character("x"): .askStop
        case .character("s"): .saveGrid
        case .left: shift ? .pan(0.2, 0) : .previousSnapshot
        case .right: shift ? .pan(-0.2, 0) : .nextSnapshot
        case .up: shift ? .pan(0, 0.2) : .moveSelection(0, -1)
        case .down: shift ? .pan(0, -0.2) : .moveSelection(0, 1)
        case .tab: .moveSelection(shift ? -1 : 1, 0)
        case .character(","), .pageUp: .previousSnapshot
        case .character("."), .pageDown: .nextSnapshot
        case .home: .firstSnapshot
        case .end: .live
        case .character("p"): .togglePlay
        case .character("+"), .character("="): .zoomIn
        case .character("-"): .zoomOut
        case .character("0"): .zoomFit
        case .enter: .enlarge
        case .character("e"): .toggleVariant
        case .character("f"): .toggleSmoothing
        case .character("d"): .toggleScores
        case .character("m"): .nextPlots
        case .character("g"): .toggleExplorer
        case .f1, .character("?"): .toggleHelp
        case .character("/"): shift ? .toggleHelp : nil
        case .escape: .dismiss
        case .character("q"): .close
        default: nil
        }
    }
}

/// What can lie over the window.
package enum ViewerOverlay: Sendable, Hashable {
    /// The list of keys.
    case help
    /// One sample, large.
    case enlarged
    /// The question whether to stop the training.
    case confirmStop
}
