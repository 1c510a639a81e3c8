internal import CSDL2
internal import Dispatch
internal import Synchronization

/// Reads snapshots, makes pictures and saves them beside the window, one thing at a time.
final class SourceWorker: Sendable {
    /// What came of something.
    enum Outcome: Sendable {
        case loaded(SnapshotReference, SampleVariant, Result<SampleFrame, any Error>)
        case saved(String)
        case saveFailed(String)
        case opened(Result<ExplorerDescription, any Error>)
        case explored(ExplorerRequest, Result<SampleFrame, any Error>)
    }

    private struct State {
        var next: (snapshot: SnapshotReference, variant: SampleVariant)?
        var outcomes: [Outcome] = []
    }

    private let source: any ViewerSource
    private let queue = DispatchQueue(label: "atelier.viewer", qos: .utility)
    private let state = Mutex(State())

    init(source: any ViewerSource) { self.source = source }

    /// Reads a snapshot; of several that wait, only the newest is read.
    func load(_ snapshot: SnapshotReference, variant: SampleVariant) {
        state.withLock { $0.next = (snapshot, variant) }
        queue.async { self.loadNext() }
    }

    /// Makes a network ready to be explored.
    func openExplorer() {
        queue.async { self.report(.opened(Result { try self.source.openExplorer() })) }
    }

    /// Makes the pictures of a request; the window asks for one at a time.
    func explore(_ request: ExplorerRequest) {
        queue.async {
            self.report(.explored(request, Result { try self.source.explore(request) }))
        }
    }

    /// Saves the picture of a request.
    func save(_ request: ExplorerRequest) {
        save { try $0.saveExplored(request) }
    }

    /// Saves a grid.
    func save(_ frame: SampleFrame) {
        save { try $0.saveGrid(frame) }
    }

    private func save(_ write: @escaping @Sendable (any ViewerSource) throws -> String) {
        queue.async {
            do {
                let place = try write(self.source)
                self.report(.saved(place))
            } catch {
                self.report(.saveFailed("\(error)"))
            }
        }
    }

    /// What has come since the last call.
    func take() -> [Outcome] {
        state.withLock { state in
            let outcomes = state.outcomes
            state.outcomes = []
            return outcomes
        }
    }

    /// Drops what waits to be read, and waits for what is being saved.
    func finish() {
        state.withLock { $0.next = nil }
        queue.sync {}
    }

    private func loadNext() {
        let request = state.withLock { state in
            let next = state.next
            state.next = nil
            return next
        }
        guard let (snapshot, variant) = request else { return }
        let result = Result { try source.loadSnapshot(snapshot, variant: variant) }
        report(.loaded(snapshot, variant, result))
    }

    private func report(_ outcome: Outcome) {
        state.withLock { $0.outcomes.append(outcome) }
        // Wakes the window, which sleeps on events.
        var event = SDL_Event()
        event.type = SDL_USEREVENT.rawValue
        SDL_PushEvent(&event)
    }
}
