internal import Imaging

/// Everything the window knows, apart from any drawing: a plain value that updates and actions
/// change. Times are seconds of any clock that only goes forward.
package struct ViewerModel: Sendable {
    /// A grid and a number of its own, so that pictures are uploaded once.
    package struct Frame: Sendable {
        /// Unique in this model.
        package let serial: Int
        /// The grid.
        package let content: SampleFrame
    }

    /// Where the scrubber stands.
    package enum Position: Sendable, Hashable {
        /// On what the training shows now.
        case live
        /// On a snapshot, by its place in the list.
        case snapshot(Int)
    }

    /// A message that goes away by itself.
    package struct Toast: Sendable, Hashable {
        /// What it says.
        package var text: String
        /// Whether something went wrong.
        package var isError: Bool
        /// When it goes.
        package var expiry: Double
    }

    /// A snapshot in one variant.
    package struct SnapshotKey: Sendable, Hashable {
        /// Which snapshot.
        package var identifier: String
        /// Which weights.
        package var variant: SampleVariant
    }

    /// What has been asked of the training and is not seen yet.
    package enum PendingRequest: Sendable, Hashable {
        /// To pause, to go on, or to stop.
        case pause, resume, stop
    }

    /// Seconds between two snapshots while playing.
    package static let playInterval = 0.2
    /// Seconds a message stays.
    package static let toastDuration = 4.0
    static let cacheBytes = 96 << 20

    /// The curves to plot.
    package let plots: [PlotDescription]
    /// Plots of what is measured now and then.
    package let measures: [PlotDescription]
    /// How samples belong together; nil where each stands for itself.
    package let panes: PaneLayout?
    /// What the source can do.
    package let capabilities: ViewerCapabilities

    /// The run's name and detail.
    package var run = RunDescription(name: "")
    /// State and speed; nil until the source has told.
    package var progress: RunProgress?
    /// The curves by key.
    package var curves: [String: Curve] = [:]
    /// The metrics that have curves, in the order that they first came.
    package var metricKeys: [String] = []
    /// Which plots are shown: 0 those of the training, then pages of metrics.
    package var plotPage = 0
    /// How many metrics found room when they were drawn last.
    package var metricsPerPage = 1
    /// Warnings about the run's health, newest first.
    package var warnings: [ViewerWarning] = []
    /// Messages, oldest first.
    package var toasts: [Toast] = []
    /// The newest live grid of each variant.
    package var live: [SampleVariant: Frame] = [:]
    /// The run's snapshots, oldest first.
    package var snapshots: [SnapshotReference] = []
    /// Where the scrubber stands.
    package var position = Position.live
    /// Whether the snapshots run by themselves.
    package var isPlaying = false
    /// The weights whose samples are asked for.
    package var variant = SampleVariant.average
    /// Whether enlarged pixels are smoothed.
    package var isSmooth = true
    /// Whether the discriminator's scores stand under the samples.
    package var showsScores = true
    /// Whether the network is explored instead of samples being watched.
    package var isExploring = false
    /// The network that is explored.
    package var explorer = ExplorerState()
    /// What is compared, where samples have panes.
    package var comparison = ComparisonState()
    /// How the grid lies in its panel.
    package var gridView = GridView()
    /// The panel's place in pixels, as it was drawn last.
    package var gridPanel = Rect(x: 0, y: 0, width: 1, height: 1)
    /// The marked sample.
    package var selection: Int?
    /// What lies over the window.
    package var overlay: ViewerOverlay?
    /// What has been asked and is not seen yet.
    package var pending: PendingRequest?

    var nextPlay = 0.0
    var loading: SnapshotKey?
    var unreadable: Set<SnapshotKey> = []
    var lastStep = Int.min
    private var serial = 0
    private var cache: [SnapshotKey: Frame] = [:]
    private var cacheOrder: [SnapshotKey] = []
    private var lastShown: Frame?

    /// An empty window for a source of these abilities.
    package init(
        plots: [PlotDescription], measures: [PlotDescription] = [], panes: PaneLayout? = nil,
        capabilities: ViewerCapabilities
    ) {
        self.plots = plots
        self.measures = measures
        self.panes = panes
        self.capabilities = capabilities
    }

    /// An empty window for a source.
    package init(for source: any ViewerSource) {
        self.init(
            plots: source.plots, measures: source.measures, panes: source.panes,
            capabilities: source.capabilities)
    }

    /// The place in the list that is shown, or nil on live. A run without a live grid (a finished
    /// one) shows its last snapshot there.
    package var shownSnapshot: Int? {
        switch position {
        case .snapshot(let index): index
        case .live: live.isEmpty && !snapshots.isEmpty ? snapshots.count - 1 : nil
        }
    }

    /// What belongs on the screen, if it is there already.
    package var wanted: Frame? {
        guard let index = shownSnapshot else {
            return live[variant] ?? live.values.first
        }
        return cache[key(of: index)]
    }

    /// What to draw: what is wanted, or the grid before it while that loads.
    package var shown: Frame? { wanted ?? lastShown }

    /// Whether something is being read.
    package var isLoading: Bool { loading != nil && wanted == nil }

    /// Whether something fades, so that frames should follow each other quickly.
    package func isAnimating(now: Double) -> Bool {
        toasts.contains { $0.expiry - now < 0.4 }
    }

    /// When time alone changes something next, or nil.
    package var nextChange: Double? {
        let times = toasts.map { $0.expiry - 0.4 } + (isPlaying ? [nextPlay] : [])
        return times.min()
    }

    /// Takes in what the source has to say.
    package mutating func apply(_ update: ViewerUpdate, now: Double) -> [ViewerEffect] {
        if let run = update.run { self.run = run }
        if let progress = update.progress { apply(progress) }
        for point in update.metrics { append(point) }
        for frame in update.frames {
            live[frame.variant] = nextFrame(frame)
            clampSelection(to: frame.geometry)
        }
        if let snapshots = update.snapshots { replaceSnapshots(snapshots) }
        if let warnings = update.warnings { self.warnings = warnings }
        for message in update.messages { show(message, now: now) }
        return settle()
    }

    private mutating func apply(_ progress: RunProgress) {
        self.progress = progress
        switch (pending, progress.state) {
        case (.pause, .paused), (.resume, .running): pending = nil
        default: if !progress.state.isAlive { pending = nil }
        }
        if !progress.state.isAlive, overlay == .confirmStop { overlay = nil }
    }

    private mutating func replaceSnapshots(_ list: [SnapshotReference]) {
        if case .snapshot(let index) = position {
            let shown = snapshots[index]
            if let place = list.firstIndex(of: shown) {
                position = .snapshot(place)
            } else {
                position = list.isEmpty ? .live : .snapshot(min(index, list.count - 1))
            }
        }
        snapshots = list
    }

    mutating func nextFrame(_ content: SampleFrame) -> Frame {
        serial += 1
        return Frame(serial: serial, content: content)
    }

    /// Shows a message for a few seconds.
    package mutating func show(_ text: String, isError: Bool = false, now: Double) {
        toasts.removeAll { $0.text == text }
        toasts.append(
            Toast(
                text: text, isError: isError,
                expiry: now + Self.toastDuration * (isError ? 2 : 1)))
        if toasts.count > 4 { toasts.removeFirst() }
    }

    /// Lets time pass: messages go, playing goes on.
    package mutating func tick(now: Double) -> [ViewerEffect] {
        toasts.removeAll { $0.expiry <= now }
        guard isPlaying, now >= nextPlay, wanted != nil || loading == nil else { return [] }
        nextPlay = now + Self.playInterval
        let index = shownSnapshot ?? snapshots.count
        if index + 1 < snapshots.count {
            position = .snapshot(index + 1)
        } else {
            position = .live
            isPlaying = false
        }
        return settle()
    }

    /// Takes in a snapshot that was read.
    package mutating func finishLoading(
        _ snapshot: SnapshotReference, variant: SampleVariant,
        result: Result<SampleFrame, any Error>, now: Double
    ) -> [ViewerEffect] {
        let key = SnapshotKey(identifier: snapshot.identifier, variant: variant)
        if loading == key { loading = nil }
        switch result {
        case .success(let frame): remember(frame, for: key)
        case .failure(let error):
            unreadable.insert(key)
            show("Snapshot \(snapshot.step) cannot be read: \(error)", isError: true, now: now)
        }
        return settle()
    }

    private mutating func remember(_ frame: SampleFrame, for key: SnapshotKey) {
        cache[key] = nextFrame(frame)
        cacheOrder.removeAll { $0 == key }
        cacheOrder.append(key)
        var bytes = cacheOrder.reduce(0) { $0 + (cache[$1]?.content.pixels.bytes.count ?? 0) }
        while bytes > Self.cacheBytes, cacheOrder.count > 2 {
            let old = cacheOrder.removeFirst()
            bytes -= cache.removeValue(forKey: old)?.content.pixels.bytes.count ?? 0
        }
    }

    /// Notes what is on the screen and asks for what is missing.
    mutating func settle() -> [ViewerEffect] {
        if let frame = wanted {
            lastShown = frame
            clampSelection(to: frame.content.geometry)
            clampComparison()
            return []
        }
        guard let index = shownSnapshot else { return [] }
        let key = key(of: index)
        if loading == key || unreadable.contains(key) { return [] }
        loading = key
        return [.load(snapshots[index], variant)]
    }

    private mutating func clampSelection(to geometry: GridGeometry) {
        if let selection, selection >= geometry.count { self.selection = geometry.count - 1 }
    }

    private func key(of index: Int) -> SnapshotKey {
        SnapshotKey(identifier: snapshots[index].identifier, variant: variant)
    }
}
