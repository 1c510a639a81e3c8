import Files
import Imaging
import Networks
import Runs
import Synchronization
import Training
import Viewer

/// How a sample grid's picture says where its samples lie.
enum SampleGridText {
    static func text(_ report: SampleReport, columns: Int? = nil) -> String {
        let columns = columns ?? SamplePictures.columnCount(report.count)
        return "columns=\(columns) cell=\(report.width)x\(report.height) "
            + "padding=\(SamplePictures.padding) count=\(report.count)"
    }

    /// The geometry that a text describes, for a picture of a size; nil where they do not fit.
    static func geometry(_ text: String, width: Int, height: Int) -> GridGeometry? {
        var fields: [String: String] = [:]
        for part in text.split(separator: " ") {
            let pair = part.split(separator: "=")
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        let cell = (fields["cell"] ?? "").split(separator: "x").compactMap { Int($0) }
        guard let columns = fields["columns"].flatMap({ Int($0) }), cell.count == 2,
            let padding = fields["padding"].flatMap({ Int($0) }),
            let count = fields["count"].flatMap({ Int($0) }), (1...1000).contains(columns),
            (1...100_000).contains(count), (1...8192).contains(cell[0]),
            (1...8192).contains(cell[1]),
            (0...256).contains(padding)
        else { return nil }
        let geometry = GridGeometry(
            columns: columns, rows: (count + columns - 1) / columns, cellWidth: cell[0],
            cellHeight: cell[1], padding: padding, margin: padding, count: count)
        return geometry.width == width && geometry.height == height ? geometry : nil
    }
}

extension RunFolder {
    /// The sample pictures in the window's terms.
    var snapshotReferences: [SnapshotReference] {
        snapshots.map { SnapshotReference(identifier: $0.path, step: $0.step) }
    }

    /// Whether an event file is there already.
    var hasEvents: Bool {
        ((try? Folder.names(in: path)) ?? []).contains { $0.hasPrefix("events.out.tfevents.") }
    }

    /// The last part of the path.
    var name: String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// The sample grid of a file.
    func frame(_ snapshot: SnapshotReference) throws -> SampleFrame {
        let pixels = try ImageFile.decode(contentsOf: snapshot.identifier).pixels
        let texts = try PNGFile.text(contentsOf: snapshot.identifier)
        let described = Provenance(texts: texts)?.details["grid"]
            .flatMap { SampleGridText.geometry($0, width: pixels.width, height: pixels.height) }
        // A picture from elsewhere is one sample.
        let geometry =
            described
            ?? GridGeometry(columns: 1, rows: 1, cellWidth: pixels.width, cellHeight: pixels.height)
        return SampleFrame(step: snapshot.step, pixels: pixels, geometry: geometry)
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
        var snapshotCount = -1
        var newestStep = -1
        var isFirst = true
        var lastStatus: RunStatus?
    }

    private let run: RunFolder
    private let detail: String
    private let state: Mutex<State>
    let capabilities: ViewerCapabilities = [.control, .save]

    init(_ run: RunFolder) throws {
        self.run = run
        let configuration = try run.configuration(RunConfiguration.self)
        try configuration.check(path: run.configurationPath)
        detail = configuration.summary
        state = Mutex(State(metrics: MetricsReader(path: run.metricsPath)))
    }

    func poll() -> ViewerUpdate? {
        state.withLock { state in
            var update = ViewerUpdate()
            var isNew = state.isFirst
            if state.isFirst {
                update.run = RunDescription(name: run.name, detail: detail)
                state.isFirst = false
            }
            let metrics = state.metrics.poll()
            if !metrics.records.isEmpty {
                update.metrics = metrics.records.map {
                    MetricPoint(step: $0.step, values: $0.values)
                }
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
                if let newest = snapshots.last, let frame = try? run.frame(newest) {
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
        try run.frame(snapshot)
    }

    func requestPause() throws { try run.request(.pause) }
    func requestResume() throws { try run.request(.resume) }
    func requestStop() throws { try run.request(.stop) }
    func saveGrid(_ frame: SampleFrame) throws -> String { try run.save(frame) }
}

/// A run that this process trains: what the trainer tells the window directly.
final class LiveSource: ViewerSource {
    private let run: RunFolder
    private let feed: LiveFeed
    let capabilities: ViewerCapabilities = [.control, .save]

    init(_ run: RunFolder, _ configuration: RunConfiguration, feed: LiveFeed) {
        self.run = run
        self.feed = feed
        // What an earlier session of the run left: curves and snapshots to scrub through.
        var metrics = MetricsReader(path: run.metricsPath)
        let past = metrics.poll().records.map { MetricPoint(step: $0.step, values: $0.values) }
        let snapshots = run.snapshotReferences
        let frames = snapshots.last.flatMap { try? run.frame($0) }.map { [$0] } ?? []
        feed.publish(
            ViewerUpdate(
                run: RunDescription(name: run.name, detail: configuration.summary),
                progress: RunProgress(state: .starting), metrics: past, frames: frames,
                snapshots: snapshots))
    }

    func poll() -> ViewerUpdate? { feed.take() }
    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame {
        try run.frame(snapshot)
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
