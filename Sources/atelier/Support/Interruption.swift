import Glibc
import Synchronization

/// Ctrl-C and the polite kill: the first asks to finish the step and save, the second ends at once.
enum Interruption {
    private static let count = Atomic<Int>(0)

    /// Whether a stop was asked for.
    static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Asks for a stop, as Ctrl-C does.
    static func request() { count.add(1, ordering: .relaxed) }

    /// Begins to listen.
    static func install() {
        for signalNumber in [SIGINT, SIGTERM] {
            signal(signalNumber) { number in
                // Only what is safe inside a signal handler.
                if Interruption.count.add(1, ordering: .relaxed).oldValue > 0 {
                    _exit(128 + number)
                }
            }
        }
        // A parent may have started this process with these signals blocked (dispatch threads have them
        // so): then they would never arrive.
        var heard = sigset_t()
        sigemptyset(&heard)
        sigaddset(&heard, SIGINT)
        sigaddset(&heard, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &heard, nil)
        // A reader that went away must not end the training.
        signal(SIGPIPE, SIG_IGN)
    }
}
