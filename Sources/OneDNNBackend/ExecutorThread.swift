import Glibc
import TensorCore

/// One thread on which a backend does everything: libgomp keeps a team of threads for each thread
/// that starts parallel work, so there must be one such thread.
final class ExecutorThread: @unchecked Sendable {
    /// What caller and thread share; the thread holds it, not the executor, so that the executor
    /// can end.
    private final class Mailbox: @unchecked Sendable {
        var mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        var filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var work: (() -> Void)?
        var isBusy = false
        /// How many pieces of work were handed over, and how many of them are done.
        var handedOver: UInt64 = 0
        var finished: UInt64 = 0
        var isEnding = false

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(filled, nil)
            pthread_cond_init(done, nil)
        }

        deinit {
            pthread_mutex_destroy(mutex)
            pthread_cond_destroy(filled)
            pthread_cond_destroy(done)
            mutex.deallocate()
            filled.deallocate()
            done.deallocate()
        }

        func loop() {
            pthread_mutex_lock(mutex)
            while true {
                while work == nil && !isEnding { pthread_cond_wait(filled, mutex) }
                guard work != nil else { break }
                var next = work.take()
                pthread_mutex_unlock(mutex)
                next?()
                // The caller's closure must not outlive the call: it is let go before the caller
                // can learn that it was run.
                next = nil
                pthread_mutex_lock(mutex)
                finished += 1
                isBusy = false
                pthread_cond_broadcast(done)
            }
            pthread_mutex_unlock(mutex)
        }
    }

    private let mailbox = Mailbox()
    private var thread = pthread_t()

    init() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 16 << 20)
        let argument = Unmanaged.passRetained(mailbox).toOpaque()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Mailbox>.fromOpaque(argument).takeRetainedValue().loop()
                return nil
            }, argument)
        pthread_attr_destroy(&attributes)
        precondition(code == 0, "[OneDNNBackend] no thread could be started (error \(code))")
    }

    deinit {
        pthread_mutex_lock(mailbox.mutex)
        mailbox.isEnding = true
        pthread_cond_broadcast(mailbox.filled)
        pthread_mutex_unlock(mailbox.mutex)
        if pthread_equal(thread, pthread_self()) != 0 {
            pthread_detach(thread)
        } else {
            pthread_join(thread, nil)
        }
    }

    /// Does the work on the thread, and waits for it. Work must not ask for more work.
    func run<Result>(_ body: () -> Result) -> Result {
        withoutActuallyEscaping(body) { body in
            var result: Result?
            pthread_mutex_lock(mailbox.mutex)
            while mailbox.isBusy { pthread_cond_wait(mailbox.done, mailbox.mutex) }
            mailbox.isBusy = true
            mailbox.handedOver += 1
            let ticket = mailbox.handedOver
            mailbox.work = { result = body() }
            pthread_cond_signal(mailbox.filled)
            while mailbox.finished < ticket { pthread_cond_wait(mailbox.done, mailbox.mutex) }
            pthread_mutex_unlock(mailbox.mutex)
            guard let result else { preconditionFailure("[OneDNNBackend] work was lost") }
            return result
        }
    }
}
