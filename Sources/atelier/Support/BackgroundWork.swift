import Glibc
import Synchronization

/// Work on a thread of its own, beside a window on the first thread.
final class BackgroundWork<Result>: @unchecked Sendable {
    private let body: () throws -> Result
    private var result: Swift.Result<Result, any Error>?
    private let done = Atomic<Bool>(false)
    private var thread = pthread_t()

    /// Begins at once. What the work touches must not be touched meanwhile.
    init(_ body: @escaping () throws -> Result) {
        self.body = body
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 16 << 20)
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<AnyWork>.fromOpaque(argument).takeRetainedValue()
                work.run()
                return nil
            }, Unmanaged.passRetained(AnyWork { [self] in run() }).toOpaque())
        pthread_attr_destroy(&attributes)
        if code != 0 { run() }
    }

    private func run() {
        result = Swift.Result { try body() }
        done.store(true, ordering: .releasing)
    }

    /// Whether the work is over.
    var isDone: Bool { done.load(ordering: .acquiring) }

    /// Waits for the work; answers or throws what it did.
    func wait() throws -> Result {
        while !isDone { usleep(20_000) }
        guard let result else { throw Failure("the work ended without a result") }
        return try result.get()
    }
}

/// A closure that can be handed to a C thread.
private final class AnyWork {
    let run: () -> Void
    init(_ run: @escaping () -> Void) { self.run = run }
}
