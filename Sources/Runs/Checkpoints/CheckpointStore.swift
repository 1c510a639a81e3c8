import Files
import Glibc
import Imaging

/// The checkpoints of a run: files named after their step in one folder, the last few and the best
/// kept.
public struct CheckpointStore: Sendable {
    /// Which of two scores is the better one.
    public enum ScoreOrder: String, Sendable, Hashable, Codable {
        /// A distance or a loss, such as the Frechet distance.
        case lowerIsBetter
        /// A share or an accuracy.
        case higherIsBetter
    }

    /// The checkpoint with the best score so far, as `best.json` has it.
    public struct Best: Codable, Equatable, Sendable {
        /// The file's name in the folder.
        public var file: String
        /// Steps done.
        public var step: Int
        /// The score.
        public var score: Double
        /// What it was measured by; nil for the sliced Wasserstein distance.
        public var metric: ScoreMetric?
        /// The digest of the file.
        public var digest: String
    }

    /// A checkpoint that can be used, and the newer ones that were refused on the way to it.
    public struct Search: Sendable {
        /// The newest that is whole.
        public var checkpoint: Checkpoint
        /// Why each newer one was refused, newest first.
        public var refused: [CheckpointError]
    }

    /// Where the files are.
    public let folder: String
    /// How many of the newest are kept beside the best.
    public let keptCount: Int
    /// How scores compare that do not say it themselves.
    public let scoreOrder: ScoreOrder

    private static let prefix = "step-"
    private static let suffix = ".safetensors"
    private static let refusedSuffix = ".refused"

    /// The store in a folder, which is made when the first checkpoint is saved.
    public init(folder: String, keeping keptCount: Int = 3, scoreOrder: ScoreOrder = .lowerIsBetter)
    {
        precondition(keptCount >= 1, "[CheckpointStore] at least one is kept, got \(keptCount)")
        self.folder = folder
        self.keptCount = keptCount
        self.scoreOrder = scoreOrder
    }

    /// The file of a step: `step-00001234.safetensors`.
    public func path(step: Int) -> String {
        FilePaths.join(folder, Self.prefix + FilePaths.padded(step) + Self.suffix)
    }

    /// The steps that there are files of, rising. Nothing is opened.
    public var steps: [Int] {
        FilePaths.contents(of: folder).compactMap {
            FilePaths.number(in: $0, prefix: Self.prefix, suffix: Self.suffix)
        }.sorted()
    }

    /// Saves a checkpoint: durable under its name before older ones are removed. Answers it as it
    /// can be opened again, without its bytes being read.
    ///
    /// - Throws: ``RunError/file(_:)`` when the disk is full or read-only: the checkpoints
    ///   before are then still there.
    @discardableResult
    public func save<Configuration, State>(
        _ tensors: [StoredTensor], _ metadata: CheckpointMetadata<Configuration, State>
    ) throws(RunError) -> Checkpoint {
        let strings: [String: String]
        do throws(EncodingError) { strings = try metadata.strings() } catch {
            preconditionFailure("[CheckpointStore.save] the metadata cannot be encoded: \(error)")
        }
        let path = path(step: metadata.step)
        try wrapping { () throws(FileError) in
            if !FilePaths.exists(folder) { try Folder.make(folder) }
            try SafetensorsFile.writeSealed(tensors, metadata: strings, to: path)
        }
        let saved: Checkpoint
        do throws(CheckpointError) {
            saved = try Checkpoint(path: path, verification: .header)
        } catch { throw .damaged(path: path, reason: "just written, and now: \(error)") }
        try updateBest(saved)
        prune(upTo: metadata.step)
        return saved
    }

    /// The newest checkpoint that is whole.
    ///
    /// - Throws: ``RunError/noCheckpoint(path:refused:)`` where there is none.
    public func latest() throws(RunError) -> Search {
        var refused: [CheckpointError] = []
        for step in steps.reversed() {
            do throws(CheckpointError) {
                return Search(checkpoint: try open(step: step), refused: refused)
            } catch { refused.append(error) }
        }
        throw .noCheckpoint(path: folder, refused: refused.map(\.description))
    }

    /// The newest checkpoint that is whole; nil where none was ever written.
    ///
    /// - Throws: ``RunError/noCheckpoint(path:refused:)`` where there are some, and none is whole.
    public func latestIfAny() throws(RunError) -> Search? {
        steps.isEmpty ? nil : try latest()
    }

    /// The checkpoint of a step, checked: every byte, unless told otherwise.
    public func open(
        step: Int, verification: Checkpoint.Verification = .everything
    ) throws(CheckpointError) -> Checkpoint {
        let checkpoint = try Checkpoint(path: path(step: step), verification: verification)
        guard checkpoint.step == step else {
            throw .run(
                .damaged(
                    path: checkpoint.path,
                    reason: "it is of step \(checkpoint.step), by its name of \(step)"))
        }
        return checkpoint
    }

    /// The best checkpoint by score; nil where none has been scored or the file is gone.
    public var best: Best? {
        let path = FilePaths.join(folder, "best.json")
        guard FilePaths.exists(path), let best = try? JSONCoding.read(Best.self, from: path),
            FilePaths.number(in: best.file, prefix: Self.prefix, suffix: Self.suffix) == best.step,
            FilePaths.exists(FilePaths.join(folder, best.file))
        else { return nil }
        return best
    }

    /// Scores a checkpoint that was saved without a score. Answers whether it is now the best.
    ///
    /// - Parameter metric: What it was measured by; nil for the sliced Wasserstein distance.
    @discardableResult
    public func score(
        step: Int, _ score: Double, by metric: ScoreMetric? = nil
    ) throws(RunError) -> Bool {
        do throws(CheckpointError) {
            let checkpoint = try Checkpoint(path: path(step: step), verification: .header)
            return try updateBest(checkpoint, score: score, metric)
        } catch CheckpointError.run(let error) {
            throw error
        } catch { throw .damaged(path: path(step: step), reason: error.description) }
    }

    /// Takes the checkpoints after a step out of the way (they get the suffix `.refused`): those
    /// that were refused, when training goes on from an older one. A best among them is forgotten.
    public func setAside(after step: Int) throws(RunError) {
        let later = steps.filter { $0 > step }
        guard !later.isEmpty else { return }
        try wrapping { () throws(FileError) in
            for step in later {
                let path = path(step: step)
                guard rename(path, path + Self.refusedSuffix) == 0 else {
                    throw FileError(path: path, operation: "rename", errno: errno)
                }
            }
            if let best, best.step > step { unlink(FilePaths.join(folder, "best.json")) }
            try AtomicFile.flushFolder(folder)
        }
    }

    /// Removes what a killed process left half-written.
    public func removeLeftovers() { AtomicFile.removeLeftovers(inFolder: folder) }
}

extension CheckpointStore {
    private func updateBest(_ checkpoint: Checkpoint) throws(RunError) {
        guard let score = checkpoint.score else { return }
        do throws(CheckpointError) {
            try updateBest(checkpoint, score: score, checkpoint.metric)
        } catch {
            guard case .run(let error) = error else { return }
            throw error
        }
    }

    @discardableResult
    private func updateBest(
        _ checkpoint: Checkpoint, score: Double, _ metric: ScoreMetric?
    ) throws(CheckpointError) -> Bool {
        guard score.isFinite else { return false }
        if let best, best.step != checkpoint.step,
            !replaces(best, score, metric, step: checkpoint.step)
        {
            return false
        }
        let best = Best(
            file: FilePaths.split(checkpoint.path).name, step: checkpoint.step, score: score,
            metric: metric, digest: checkpoint.digest)
        do throws(RunError) {
            try JSONCoding.write(best, to: FilePaths.join(folder, "best.json"))
        } catch { throw .run(error) }
        return true
    }

    /// Whether a score takes the place of the best one. Scores of two metrics are never compared: a run
    /// that begins to be measured by another has its best from there on.
    private func replaces(
        _ best: Best, _ score: Double, _ metric: ScoreMetric?, step: Int
    ) -> Bool {
        guard best.metric == metric else { return step > best.step }
        switch metric?.order ?? scoreOrder {
        case .lowerIsBetter: return score < best.score
        case .higherIsBetter: return score > best.score
        }
    }

    /// Removes all but the newest and the best. Files after `step` are another past's and not
    /// counted, so that what was just saved always stays.
    private func prune(upTo step: Int) {
        let old = steps.filter { $0 <= step }.dropLast(keptCount)
        let bestStep = best?.step
        // A file that will not go costs disk space only; the next save tries again.
        for step in old where step != bestStep { unlink(path(step: step)) }
    }
}
