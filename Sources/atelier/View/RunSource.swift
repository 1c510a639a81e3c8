import Files
import Imaging
import Networks
import Runs
import Synchronization
import Training
import Viewer

extension RunFolder {
    /// The sample pictures in the window's terms.
    var snapshotReferences: [SnapshotReference] {
        snapshots.map { SnapshotReference(identifier: $0.path, step: $0.step) }
    }

    /// Whether an event file is there already.
    var hasEvents: Bool {
        ((try? Folder.names(in: path)) ?? []).contains { $0.hasPrefix("events.out.tfevents.") }
    }

    /// What was said about the run's health.
    var healthPath: String { path + "/health.jsonl" }

    /// The last part of the path.
    var name: String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The sample grid of a file; told what its run shows, rows have titles.
    func frame(
        _ snapshot: SnapshotReference, _ appearance: RunAppearance? = nil
    ) throws -> SampleFrame {
        let pixels = try ImageFile.decode(contentsOf: snapshot.identifier).pixels
        let texts = try PNGFile.text(contentsOf: snapshot.identifier)
        let details = Provenance(texts: texts)?.details ?? [:]
        let described = details["grid"]
            .flatMap { SampleGridText.geometry($0, width: pixels.width, height: pixels.height) }
        // A picture from elsewhere is one sample.
        let geometry =
            described
            ?? GridGeometry(columns: 1, rows: 1, cellWidth: pixels.width, cellHeight: pixels.height)
        let scores =
            described == nil ? nil : details[SampleGridText.scoresName]
        return SampleFrame(
            step: snapshot.step, pixels: pixels, geometry: geometry,
            scores: scores.map { SampleGridText.scores($0, count: geometry.count) } ?? [],
            rowTitles: appearance?.rowTitles(geometry) ?? [])
    }

    /// Saves a grid beside the run's samples. Answers where.
    func save(_ frame: SampleFrame) throws -> String {
        let path = path + "/grid-step-\(frame.step).png"
        var provenance = Provenance()
        provenance.step = frame.step
        provenance.details["run"] = name
        try PNGFile.write(frame.pixels, to: path, text: provenance.texts)
        return "saved to \(path)"
    }
}

/// A run as its folder shows it: trained by this or another process, or finished long ago.
final class RunSource: ViewerSource {
    private struct State {
        var metrics: MetricsReader
        var health: HealthReader
        var snapshotCount = -1
        var newestStep = -1
        var isFirst = true
        var lastStatus: RunStatus?
    }

    private let run: RunFolder
    private let appearance: RunAppearance
    private let state: Mutex<State>
    private let explorer: RunExplorer
    let capabilities: ViewerCapabilities
    var plots: [PlotDescription] { appearance.plots }
    var measures: [PlotDescription] { appearance.measures }
    var panes: PaneLayout? { appearance.panes }

    init(_ run: RunFolder) throws {
        self.run = run
        appearance = try RunAppearance(of: run)
        explorer = RunExplorer(run)
        capabilities = appearance.canExplore ? [.control, .save, .explore] : [.control, .save]
        state = Mutex(
            State(
                metrics: MetricsReader(path: run.metricsPath),
                health: HealthReader(path: run.healthPath, skipsPast: false)))
    }

    func poll() -> ViewerUpdate? {
        state.withLock { state in
            var update = ViewerUpdate()
            var isNew = state.isFirst
            if state.isFirst {
                update.run = RunDescription(name: run.name, detail: appearance.summary)
                state.isFirst = false
            }
            let metrics = state.metrics.poll()
            if !metrics.records.isEmpty {
                update.metrics = metrics.records.map {
                    MetricPoint(step: $0.step, values: $0.values)
                }
                isNew = true
            }
            if let warnings = state.health.poll() {
                update.warnings = warnings
                isNew = true
            }
            if let status = try? run.status(), status != state.lastStatus || status.isStale(in: run)
            {
                state.lastStatus = status
                update.progress = progress(status)
                isNew = true
            }
            let snapshots = run.snapshotReferences
            if snapshots.count != state.snapshotCount || snapshots.last?.step != state.newestStep {
                state.snapshotCount = snapshots.count
                state.newestStep = snapshots.last?.step ?? -1
                update.snapshots = snapshots
                if let newest = snapshots.last,
                    let frame = try? run.frame(newest, appearance)
                {
                    update.frames = [frame]
                }
                isNew = true
            }
            return isNew ? update : nil
        }
    }

    private func progress(_ status: RunStatus) -> RunProgress {
        var phase = status.state.viewerState(status.message)
        if status.isStale(in: run) {
            phase = .lost(seconds: max(0, Int(WallClock.now - status.heartbeat)))
        }
        return RunProgress(
            state: phase, step: status.step, totalSteps: status.totalSteps, images: status.images,
            imagesPerSecond: status.imagesPerSecond, elapsed: status.seconds ?? 0,
            remaining: status.secondsLeft)
    }

    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame {
        try run.frame(snapshot, appearance)
    }

    func requestPause() throws { try run.request(.pause) }
    func requestResume() throws { try run.request(.resume) }
    func requestStop() throws { try run.request(.stop) }
    func saveGrid(_ frame: SampleFrame) throws -> String { try run.save(frame) }
    func openExplorer() throws -> ExplorerDescription { try explorer.open() }
    func explore(_ request: ExplorerRequest) throws -> SampleFrame { try explorer.frame(request) }
    func saveExplored(_ request: ExplorerRequest) throws -> String { try explorer.save(request) }
}

/// A run that this process trains: what the trainer tells the window directly.
final class LiveSource: ViewerSource {
    private let run: RunFolder
    private let appearance: RunAppearance
    private let feed: LiveFeed
    private let health: Mutex<HealthReader>
    let capabilities: ViewerCapabilities = [.control, .save]
    var plots: [PlotDescription] { appearance.plots }
    var measures: [PlotDescription] { appearance.measures }
    var panes: PaneLayout? { appearance.panes }

    init(_ run: RunFolder, _ appearance: RunAppearance, feed: LiveFeed) {
        self.run = run
        self.appearance = appearance
        self.feed = feed
        health = Mutex(HealthReader(path: run.healthPath, skipsPast: true))
        // What an earlier session of the run left: curves and snapshots to scrub through.
        var metrics = MetricsReader(path: run.metricsPath)
        let past = metrics.poll().records.map { MetricPoint(step: $0.step, values: $0.values) }
        let snapshots = run.snapshotReferences
        let frames = snapshots.last.flatMap { try? run.frame($0, appearance) }.map { [$0] } ?? []
        feed.publish(
            ViewerUpdate(
                run: RunDescription(name: run.name, detail: appearance.summary),
                progress: RunProgress(state: .starting), metrics: past, frames: frames,
                snapshots: snapshots))
    }

    func poll() -> ViewerUpdate? {
        guard let warnings = health.withLock({ $0.poll() }) else { return feed.take() }
        var update = feed.take() ?? ViewerUpdate()
        update.warnings = warnings
        return update
    }
    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame {
        try run.frame(snapshot, appearance)
    }
    func requestPause() throws { try run.request(.pause) }
    func requestResume() throws { try run.request(.resume) }
    func requestStop() throws { try run.request(.stop) }
    func saveGrid(_ frame: SampleFrame) throws -> String { try run.save(frame) }
}

extension RunConfiguration {
    /// One line about the run.
    var summary: String {
        let picture = networks.picture
        let colour = ["grey", "grey+alpha", "RGB", "RGBA"][max(0, min(3, picture.channels - 1))]
        let name = data.path.split(separator: "/").last.map(String.init) ?? data.path
        return
            "\(family.title) \(picture.width)x\(picture.height) \(colour), batch \(training.batchSize), \(name)"
            + (networks.classCount > 0 ? ", \(networks.classCount) classes" : "")
    }
}
