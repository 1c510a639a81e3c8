import Runs
import Viewer

/// A training beside its window: the window on the first thread, the training on another.
enum WindowBeside {
    /// Opens the window and trains; answers what the training answers, when both are over.
    ///
    /// A window that cannot open, or is lost, is named, and training goes on without it. One that
    /// closes while it holds the training lets it go on.
    ///
    /// - Parameters:
    ///   - run: The run that is trained, for what the window asks of it.
    ///   - source: What the window shows.
    ///   - closesWindow: Whether the window closes when the training is over.
    ///   - train: The training; what it touches must not be touched meanwhile.
    /// - Throws: What the training throws.
    static func run<Ending>(
        _ run: RunFolder, showing source: any ViewerSource, closesWindow: Bool = false,
        train: @escaping () throws -> Ending
    ) throws -> Ending {
        let work = BackgroundWork(train)
        var options = ViewerWindow.Options()
        options.shouldClose = { Interruption.isRequested || (closesWindow && work.isDone) }
        do {
            try ViewerWindow.run(source: source, options: options)
        } catch {
            Console.error("atelier: \(error); training goes on")
        }
        // A window that closes while it holds the training leaves it going on, not waiting for ever.
        if !work.isDone {
            do {
                try run.releasePause()
            } catch {
                Console.error(
                    "atelier: a paused training cannot be asked to go on: \(error); Ctrl-C saves "
                        + "and ends it")
            }
        }
        return try work.wait()
    }
}
