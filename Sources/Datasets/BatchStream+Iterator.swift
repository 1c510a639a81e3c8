import TensorCore

extension BatchStream {
    /// Gives the batches of a stream in order while threads of its own prepare the next ones.
    ///
    /// To be used from one thread at a time. The threads are told to end and joined when it goes
    /// away.
    public final class Iterator: IteratorProtocol {
        private let stream: BatchStream
        private let queue: Monitor<Queue>
        private let threads: [WorkerThread]
        private var nextTicket = 0
        private var hasEnded = false

        private struct Queue {
            var ready: [Int: Result<PictureBatch, DatasetError>] = [:]
            var started = 0
            var delivered = 0
            var isClosed = false
        }

        init(_ stream: BatchStream) {
            self.stream = stream
            let queue = Monitor(Queue())
            self.queue = queue
            stream.noteFailure(nil)
            // The threads hold the queue and the stream, not the iterator, so that it can go away.
            threads = (0..<stream.threadCount).compactMap { _ in
                WorkerThread { Self.work(stream, queue) }
            }
        }

        deinit {
            queue.change { $0.isClosed = true }
            for thread in threads { thread.join() }
        }

        /// The next batch; nil if no picture can be decoded, see ``BatchStream/failure``.
        public func next() -> PictureBatch? {
            guard !hasEnded else { return nil }
            let ticket = nextTicket
            let result: Result<PictureBatch, DatasetError>
            if threads.isEmpty {
                result = Self.prepare(stream, ticket)
            } else {
                result = queue.wait { queue in
                    guard let result = queue.ready.removeValue(forKey: ticket) else { return nil }
                    queue.delivered += 1
                    return result
                }
            }
            nextTicket += 1
            switch result {
            case .success(let batch): return batch
            case .failure(let error):
                hasEnded = true
                stream.noteFailure(error)
                queue.change { $0.isClosed = true }
                return nil
            }
        }

        private static func work(_ stream: BatchStream, _ queue: Monitor<Queue>) {
            while true {
                let ticket: Int? = queue.wait { queue -> Int?? in
                    if queue.isClosed { return .some(nil) }
                    guard queue.started < queue.delivered + stream.batchesAhead else { return nil }
                    queue.started += 1
                    return .some(queue.started - 1)
                }
                guard let ticket else { return }
                let result = prepare(stream, ticket)
                queue.change { $0.ready[ticket] = result }
            }
        }

        private static func prepare(
            _ stream: BatchStream, _ ticket: Int
        ) -> Result<PictureBatch, DatasetError> {
            do throws(DatasetError) {
                return .success(
                    try stream.batch(at: stream.position + ticket * stream.batchSize))
            } catch {
                return .failure(error)
            }
        }
    }
}

/// The permutation of each epoch, the last few kept.
final class EpochOrder: Sendable {
    private let count: Int
    private let key: RandomKey
    private let order: BatchOrder
    private let recent = Monitor<[(epoch: Int, permutation: [Int])]>([])

    init(count: Int, key: RandomKey, order: BatchOrder) {
        self.count = count
        self.key = key
        self.order = order
    }

    /// The index of the picture at a place of an epoch.
    func index(epoch: Int, place: Int) -> Int {
        guard order == .shuffled else { return place }
        // Two threads that need a new epoch must not both draw it: one draws, the other waits.
        return recent.change { recent in
            if let found = recent.first(where: { $0.epoch == epoch }) {
                return found.permutation[place]
            }
            let permutation = key.folded(UInt64(epoch)).permutation(count)
            recent.append((epoch, permutation))
            if recent.count > 3 { recent.removeFirst() }
            return permutation[place]
        }
    }
}
