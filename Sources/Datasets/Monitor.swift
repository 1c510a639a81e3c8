import Glibc

/// A value under a lock with a condition to wait on.
///
/// `Synchronization.Mutex` has no condition variable, and a queue with a bound needs one.
final class Monitor<Value>: @unchecked Sendable {
    // Touched only between lock and unlock, which is what makes this sendable.
    private var value: Value
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// A monitor of an initial value.
    init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs a body alone on the value, then wakes everyone who waits.
    func change<Result>(_ body: (inout Value) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return body(&value)
    }

    /// Waits until the body, run alone on the value, gives a result.
    func wait<Result>(_ body: (inout Value) -> Result?) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) {
                // The body may have changed what others wait for.
                pthread_cond_broadcast(condition)
                return result
            }
            pthread_cond_wait(condition, mutex)
        }
    }
}

/// A thread of the operating system that runs one body and can be joined.
struct WorkerThread: Sendable {
    private let handle: pthread_t

    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread, or answers nil where the system has none left.
    init?(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Box(body))
        var started = pthread_t()
        let code = pthread_create(
            &started, nil,
            { argument in
                if let argument {
                    Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                }
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            return nil
        }
        handle = started
    }

    /// Waits until its body has returned. To be called once.
    func join() { pthread_join(handle, nil) }
}

/// Runs a body for every index on up to `threadCount` threads, the caller's among them.
///
/// Indices are handed out in order, so bodies that write to their own slot give the same result
/// with any number of threads.
func forEachIndex(
    _ count: Int, threadCount: Int, _ body: @escaping @Sendable (Int) -> Void
) {
    let next = Monitor(0)
    let work: @Sendable () -> Void = {
        while true {
            let index = next.change { value -> Int in
                value += 1
                return value - 1
            }
            guard index < count else { return }
            body(index)
        }
    }
    // A thread that cannot be started costs speed, not correctness: the caller does the work.
    let helpers = (1..<max(1, min(threadCount, count))).compactMap { _ in WorkerThread(work) }
    work()
    for helper in helpers { helper.join() }
}
