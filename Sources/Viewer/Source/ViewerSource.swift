/// Where the window gets what it shows, and whom it asks for things.
///
/// The window calls `poll` from its own thread a few times a second; `loadSnapshot` and `saveGrid`
/// come from a background queue, so that a slow disk never holds the window. None of the calls may
/// wait for the training.
public protocol ViewerSource: AnyObject, Sendable {
    /// The curves to plot, from top to bottom.
    var plots: [PlotDescription] { get }
    /// What is measured now and then: further plots, on pages of their own, each shown once it has a
    /// curve.
    var measures: [PlotDescription] { get }
    /// How the samples of a grid belong together, where each picture has panes to compare.
    var panes: PaneLayout? { get }
    /// What the source can do beyond showing.
    var capabilities: ViewerCapabilities { get }
    /// What is new since the last call, or nil. Cheap, never waits; of several frames the newest.
    func poll() -> ViewerUpdate?
    /// The grid of one snapshot. Throws if it cannot be read.
    func loadSnapshot(_ snapshot: SnapshotReference, variant: SampleVariant) throws -> SampleFrame
    /// Asks the training to pause after the current step.
    func requestPause() throws
    /// Asks the training to go on.
    func requestResume() throws
    /// Asks the training to save a checkpoint and end.
    func requestStop() throws
    /// Saves a grid as a picture; returns what to tell the user, the path for instance.
    func saveGrid(_ frame: SampleFrame) throws -> String
    /// Makes the newest network ready to be explored. From a background queue; may take seconds.
    func openExplorer() throws -> ExplorerDescription
    /// Three samples in a row: the picture that is asked for, that of seed A and that of seed B. From
    /// the same queue, after `openExplorer`.
    func explore(_ request: ExplorerRequest) throws -> SampleFrame
    /// Saves a picture that is asked for; returns what to tell the user. From the same queue.
    func saveExplored(_ request: ExplorerRequest) throws -> String
}

extension ViewerSource {
    /// Losses, and the discriminator's score on real and generated pictures.
    public var plots: [PlotDescription] { [.losses, .scores] }
    /// Nothing but the metrics that the log names itself.
    public var measures: [PlotDescription] { [] }
    /// Samples that stand for themselves.
    public var panes: PaneLayout? { nil }
}

/// What a source can do beyond showing.
public struct ViewerCapabilities: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int
    /// A set from its bits.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The training listens to pause, resume and stop.
    public static let control = ViewerCapabilities(rawValue: 1)
    /// Grids can be saved.
    public static let save = ViewerCapabilities(rawValue: 2)
    /// Samples of the average and of the raw weights are both there.
    public static let variants = ViewerCapabilities(rawValue: 4)
    /// There is a network to make pictures with.
    public static let explore = ViewerCapabilities(rawValue: 8)
}

/// What is new. Every field that is nil or empty leaves what the window has as it is.
public struct ViewerUpdate: Sendable {
    /// The run's name and one line about it.
    public var run: RunDescription?
    /// State, step and speed.
    public var progress: RunProgress?
    /// Points to append to the curves, in order of step. A step at or before the last one cuts the
    /// curves back to it first (a run that was resumed from an older checkpoint).
    public var metrics: [MetricPoint]
    /// The newest grid, at most one for each variant.
    public var frames: [SampleFrame]
    /// The whole list of snapshots, oldest first.
    public var snapshots: [SnapshotReference]?
    /// The whole list of warnings about the run's health, newest first.
    public var warnings: [ViewerWarning]?
    /// Messages to show for a few seconds.
    public var messages: [String]

    /// An update; nothing in it unless given.
    public init(
        run: RunDescription? = nil, progress: RunProgress? = nil, metrics: [MetricPoint] = [],
        frames: [SampleFrame] = [], snapshots: [SnapshotReference]? = nil,
        warnings: [ViewerWarning]? = nil, messages: [String] = []
    ) {
        self.run = run
        self.progress = progress
        self.metrics = metrics
        self.frames = frames
        self.snapshots = snapshots
        self.warnings = warnings
        self.messages = messages
    }
}

/// What the run is.
public struct RunDescription: Sendable, Hashable {
    /// The run's name, its folder's for instance.
    public var name: String
    /// One line about it: network, picture size, data.
    public var detail: String

    /// A name and a line.
    public init(name: String, detail: String = "") {
        self.name = name
        self.detail = detail
    }
}

/// What the run is doing.
public enum RunState: Sendable, Hashable {
    /// Reading data or planning the first step.
    case starting
    /// Training.
    case running
    /// Waiting for a resume.
    case paused
    /// All steps done.
    case finished
    /// Ended early, with a checkpoint.
    case stopped
    /// Ended by an error, given in one line.
    case failed(String)
    /// It said it was running, but has been silent for so many seconds.
    case lost(seconds: Int)

    /// Whether the training is still there to listen.
    package var isAlive: Bool {
        switch self {
        case .starting, .running, .paused: true
        case .finished, .stopped, .failed, .lost: false
        }
    }
}

/// How far the run is and how fast it goes.
public struct RunProgress: Sendable, Hashable {
    /// What it is doing.
    public var state: RunState
    /// Steps done.
    public var step: Int
    /// Steps to do, or nil where time or the user ends the run.
    public var totalSteps: Int?
    /// Pictures seen by the discriminator.
    public var images: Int
    /// Pictures in a second, lately.
    public var imagesPerSecond: Double?
    /// Seconds of training so far.
    public var elapsed: Double
    /// Seconds to go, as far as is known.
    public var remaining: Double?

    /// How far the run is.
    public init(
        state: RunState, step: Int = 0, totalSteps: Int? = nil, images: Int = 0,
        imagesPerSecond: Double? = nil, elapsed: Double = 0, remaining: Double? = nil
    ) {
        self.state = state
        self.step = step
        self.totalSteps = totalSteps
        self.images = images
        self.imagesPerSecond = imagesPerSecond
        self.elapsed = elapsed
        self.remaining = remaining
    }

    /// The part that is done, 0...1: of the steps, or else of the time.
    package var fraction: Double? {
        if let totalSteps, totalSteps > 0 {
            return min(max(Double(step) / Double(totalSteps), 0), 1)
        }
        guard let remaining, elapsed + remaining > 0 else { return nil }
        return min(max(elapsed / (elapsed + remaining), 0), 1)
    }
}

/// A set of samples that the run kept.
public struct SnapshotReference: Sendable, Hashable {
    /// What the source finds it by: a file name for instance. Unique in the run.
    public let identifier: String
    /// The step the weights had.
    public let step: Int

    /// A snapshot by identifier and step.
    public init(identifier: String, step: Int) {
        self.identifier = identifier
        self.step = step
    }
}
