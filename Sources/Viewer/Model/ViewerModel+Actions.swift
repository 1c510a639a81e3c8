extension ViewerModel {
    /// Does what the user asked; what needs the outside comes back as effects.
    package mutating func perform(_ action: ViewerAction, now: Double) -> [ViewerEffect] {
        switch action {
        case .togglePause, .askStop, .confirm: return control(action, now: now)
        case .saveGrid:
            guard capabilities.contains(.save) else { return [] }
            if isExploring {
                return explorer.description == nil ? [] : [.saveExplored(explorer.request)]
            }
            guard let frame = wanted else {
                show("There is no grid to save yet", now: now)
                return []
            }
            return [.save(frame.content)]
        case .previousSnapshot, .nextSnapshot, .firstSnapshot, .live, .snapshot, .togglePlay:
            return travel(action, now: now)
        case .zoomIn: zoom(by: 1.25)
        case .zoomOut: zoom(by: 1 / 1.25)
        case .zoomFit: gridView = GridView()
        case .pan(let x, let y):
            gridView.pan.x += x * gridPanel.width
            gridView.pan.y += y * gridPanel.height
        case .moveSelection(let columns, let rows): moveSelection(columns: columns, rows: rows)
        case .enlarge:
            guard shown != nil else { return [] }
            selection = selection ?? 0
            overlay = .enlarged
        case .enlargeSample(let index):
            guard let frame = shown, index < frame.content.geometry.count else { return [] }
            selection = index
            overlay = .enlarged
        case .toggleVariant: return select(variant == .average ? .raw : .average)
        case .variant(let variant): return select(variant)
        case .toggleSmoothing: isSmooth.toggle()
        case .toggleScores: showsScores.toggle()
        case .nextPlots: nextPlots(now: now)
        case .plotPage(let page): plotPage = min(max(page, 0), metricPageCount)
        case .compare(let change): compare(change, now: now)
        case .toggleExplorer: return toggleExplorer()
        case .explore(let change): return explore(change)
        case .toggleHelp: overlay = overlay == .help ? nil : .help
        case .dismiss:
            if overlay == nil, isExploring { return toggleExplorer() }
            if overlay == nil { return [.close] }
            overlay = nil
        case .close: return [.close]
        }
        return []
    }

    private mutating func control(_ action: ViewerAction, now: Double) -> [ViewerEffect] {
        guard capabilities.contains(.control), let state = progress?.state, state.isAlive else {
            if action != .confirm { show("There is no training to control", now: now) }
            return []
        }
        switch action {
        case .togglePause:
            guard pending != .stop else { return [] }
            let pausing = state != .paused && pending != .pause
            pending = pausing ? .pause : .resume
            return [pausing ? .pause : .resume]
        case .askStop:
            overlay = .confirmStop
            return []
        default:
            guard overlay == .confirmStop else { return [] }
            overlay = nil
            pending = .stop
            return [.stop]
        }
    }

    /// Takes back a request that the source could not pass on.
    package mutating func requestFailed(_ error: any Error, now: Double) {
        pending = nil
        show("The training cannot be reached: \(error)", isError: true, now: now)
    }

    private mutating func travel(_ action: ViewerAction, now: Double) -> [ViewerEffect] {
        guard !snapshots.isEmpty else { return [] }
        let place = shownSnapshot ?? snapshots.count
        if action != .togglePlay { isPlaying = false }
        switch action {
        case .previousSnapshot: position = .snapshot(max(place - 1, 0))
        case .nextSnapshot:
            position = place + 1 < snapshots.count ? .snapshot(place + 1) : .live
        case .firstSnapshot: position = .snapshot(0)
        case .snapshot(let index):
            position = index < snapshots.count ? .snapshot(max(index, 0)) : .live
        case .togglePlay:
            isPlaying.toggle()
            nextPlay = now + Self.playInterval
            if isPlaying, place >= snapshots.count - 1 { position = .snapshot(0) }
        default: position = .live
        }
        return settle()
    }

    private mutating func zoom(by factor: Float) {
        gridView.zoom(by: factor, around: gridPanel.centre, in: gridPanel)
    }

    private mutating func moveSelection(columns: Int, rows: Int) {
        guard let geometry = shown?.content.geometry else { return }
        guard let selection else {
            self.selection = 0
            return
        }
        if columns != 0 {
            self.selection = min(max(selection + columns, 0), geometry.count - 1)
        }
        let next = selection + rows * geometry.columns
        if rows != 0, (0..<geometry.count).contains(next) { self.selection = next }
    }

    private mutating func select(_ variant: SampleVariant) -> [ViewerEffect] {
        guard capabilities.contains(.variants) else { return [] }
        self.variant = variant
        return settle()
    }
}
