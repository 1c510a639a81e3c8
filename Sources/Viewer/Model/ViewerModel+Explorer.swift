extension ViewerModel {
    /// Goes to the explorer, or back to the samples.
    mutating func toggleExplorer() -> [ViewerEffect] {
        if isExploring {
            isExploring = false
            return []
        }
        guard capabilities.contains(.explore) else { return [] }
        isExploring = true
        guard !explorer.isOpening else { return [] }
        explorer.isOpening = true
        // Again at each visit: the training may have written a newer network meanwhile.
        return [.openExplorer]
    }

    /// Changes what is wanted.
    mutating func explore(_ action: ExplorerAction) -> [ViewerEffect] {
        guard isExploring else { return [] }
        explorer.change(action)
        return askForPictures()
    }

    /// Takes in the network, or why there is none.
    package mutating func finishOpening(
        _ result: Result<ExplorerDescription, any Error>
    ) -> [ViewerEffect] {
        explorer.isOpening = false
        switch result {
        case .success(let network): explorer.open(network)
        case .failure(let error):
            explorer.failure = "\(error)"
            explorer.description = nil
        }
        return askForPictures()
    }

    /// Takes in pictures that were asked for.
    package mutating func finishExploring(
        _ request: ExplorerRequest, _ result: Result<SampleFrame, any Error>, now: Double
    ) -> [ViewerEffect] {
        if explorer.asked == request { explorer.asked = nil }
        switch result {
        case .success(let frame):
            explorer.frame = nextFrame(frame)
            explorer.drawn = request
        case .failure(let error):
            explorer.refused = request
            show("The picture cannot be made: \(error)", isError: true, now: now)
        }
        return askForPictures()
    }

    /// One request at a time: while pictures are being made the newest wish waits, and those between
    /// are never made.
    private mutating func askForPictures() -> [ViewerEffect] {
        guard isExploring, !explorer.isOpening, explorer.asked == nil, explorer.isBehind else {
            return []
        }
        explorer.asked = explorer.request
        return [.explore(explorer.request)]
    }

    /// Shows a page, from the samples on.
    package mutating func show(_ page: ViewerPage) -> [ViewerEffect] {
        switch page {
        case .samples:
            comparison.mode = .sheet
            return []
        case .sides, .wipe:
            comparison.mode = page == .wipe ? .wipe : .sides
            return []
        case .metrics:
            plotPage = metricPlots.isEmpty ? 0 : 1
            return []
        case .explorer: return toggleExplorer()
        }
    }
}

/// What the window begins with.
public enum ViewerPage: String, Sendable, Hashable, CaseIterable {
    /// The samples of the run, and the curves of its training.
    case samples
    /// What belongs together side by side: input, output and target of one picture.
    case sides
    /// Before and after of one picture, with a line to drag.
    case wipe
    /// The samples of the run, and the curves of its metrics.
    case metrics
    /// The network, to be explored.
    case explorer
}
