import Files
import Glibc
import Imaging

/// The folder of one training run:
///
/// ```
/// RUN/config.json                       what the run was started with
///     metrics.jsonl                     one line of numbers a logged step
///     events.out.tfevents.*             the same for TensorBoard
///     samples/step-00001234.png         pictures from fixed latents
///     neighbours/step-00001234.png      made pictures beside the nearest real ones
///     checkpoints/step-00001234.safetensors, best.json
///     status.json                       what training is doing, for other processes
///     control.json                      what a viewer asks of training
///     lock                              held while a process trains the run
/// ```
public struct RunFolder: Sendable {
    /// Where the run is.
    public let path: String

    init(unchecked path: String) { self.path = path }

    /// The file of the configuration.
    public var configurationPath: String { FilePaths.join(path, Self.configurationName) }
    /// The file of the numbers.
    public var metricsPath: String { FilePaths.join(path, "metrics.jsonl") }
    /// The folder of the sample pictures.
    public var samplesFolder: String { FilePaths.join(path, "samples") }
    /// The folder of the sheets of nearest real pictures, made when there is one.
    public var neighboursFolder: String { FilePaths.join(path, "neighbours") }
    /// The folder of the checkpoints.
    public var checkpointsFolder: String { FilePaths.join(path, "checkpoints") }
    var statusPath: String { FilePaths.join(path, "status.json") }
    var controlPath: String { FilePaths.join(path, "control.json") }
    var lockPath: String { FilePaths.join(path, "lock") }
    static let configurationName = "config.json"

    /// The checkpoints, with the usual number kept.
    public var checkpoints: CheckpointStore { CheckpointStore(folder: checkpointsFolder) }

    /// Makes a new run. The folder may be there if it is empty.
    ///
    /// - Throws: ``RunError`` if it is a run already, holds other things, or cannot be written.
    public static func create(
        at path: String, configuration: some Encodable
    ) throws(RunError) -> RunFolder {
        let run = RunFolder(unchecked: path)
        if FilePaths.exists(run.configurationPath) { throw .alreadyARun(path: path) }
        if let example = run.foreignContent() {
            throw .folderNotEmpty(path: path, example: example)
        }
        try wrapping { () throws(FileError) in
            try Folder.make(path)
            try Folder.make(run.samplesFolder)
            try Folder.make(run.checkpointsFolder)
        }
        // Of two processes that make the same run at once, one sees the other's.
        let lock = try run.lock()
        defer { withExtendedLifetime(lock) {} }
        if FilePaths.exists(run.configurationPath) { throw .alreadyARun(path: path) }
        // Last, because it is what makes the folder a run.
        try JSONCoding.write(configuration, to: run.configurationPath)
        return run
    }

    /// Something in the folder that an interrupted `create` would not have left.
    private func foreignContent() -> String? {
        FilePaths.contents(of: path).first { name in
            switch name {
            case "samples", "checkpoints":
                !FilePaths.contents(of: FilePaths.join(path, name)).isEmpty
            case "lock": false
            default: !name.hasSuffix(AtomicFile.temporarySuffix)
            }
        }
    }

    /// Opens a run that is there.
    public static func open(_ path: String) throws(RunError) -> RunFolder {
        let run = RunFolder(unchecked: path)
        guard FilePaths.exists(path) else {
            throw .file(FileError(path: path, operation: "open", reason: .notFound))
        }
        guard FilePaths.exists(run.configurationPath) else {
            throw .notARun(path: path, missing: configurationName)
        }
        return run
    }

    /// Whether the path is the folder of a run.
    public static func isRun(_ path: String) -> Bool {
        FilePaths.exists(FilePaths.join(path, configurationName))
    }

    /// A path that is free: `runs/flowers-001` for the name `flowers`, or the number after the
    /// highest there.
    public static func freePath(name: String, in folder: String = "runs") -> String {
        let allowed = name.lowercased().map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" }
        let stem = String(allowed).split(separator: "-").joined(separator: "-")
        let prefix = (stem.isEmpty ? "run" : stem) + "-"
        let highest =
            FilePaths.contents(of: folder).compactMap { entry -> Int? in
                guard entry.hasPrefix(prefix) else { return nil }
                let digits = entry.dropFirst(prefix.count)
                // A number that leaves no room for a next one is no number of ours.
                return digits.utf8.count <= 15 ? Int(digits) : nil
            }.max() ?? 0
        let digits = String(max(highest, 0) + 1)
        let padding = String(repeating: "0", count: max(0, 3 - digits.count))
        return FilePaths.join(folder, prefix + padding + digits)
    }

    /// The configuration, as the type that it was written from.
    public func configuration<Value: Decodable>(_ type: Value.Type) throws(RunError) -> Value {
        try JSONCoding.read(type, from: configurationPath)
    }

    /// Makes the folder ready for going on after `step`: no checkpoint, sample or line of the log
    /// of a later step, and nothing half-written, is left. Call it with the lock held.
    public func rewind(to step: Int) throws(RunError) {
        AtomicFile.removeLeftovers(inFolder: path)
        // Only the holder of the lock writes in these two: whatever is half-written there is dead,
        // even where its process number lives on as another process or as a zombie.
        for folder in [samplesFolder, checkpointsFolder, neighboursFolder] {
            for name in FilePaths.contents(of: folder)
            where name.hasPrefix(".") && name.hasSuffix(AtomicFile.temporarySuffix) {
                unlink(FilePaths.join(folder, name))
            }
        }
        try checkpoints.setAside(after: step)
        try MetricsLog.mend(metricsPath, keepingThrough: step)
        for picture in snapshots + neighbourSheets where picture.step > step {
            unlink(picture.path)
        }
    }
}

/// A sample picture of a run.
public struct Snapshot: Sendable, Hashable {
    /// Steps done when it was drawn.
    public var step: Int
    /// The PNG.
    public var path: String
}

extension RunFolder {
    /// The sample pictures, by rising step.
    public var snapshots: [Snapshot] { Self.pictures(in: samplesFolder) }

    /// The sheets of nearest real pictures, by rising step.
    public var neighbourSheets: [Snapshot] { Self.pictures(in: neighboursFolder) }

    private static func pictures(in folder: String) -> [Snapshot] {
        FilePaths.contents(of: folder).compactMap { name in
            FilePaths.number(in: name, prefix: "step-", suffix: ".png").map {
                Snapshot(step: $0, path: FilePaths.join(folder, name))
            }
        }.sorted { $0.step < $1.step }
    }

    /// Where the sample picture of a step goes: `samples/step-00001234.png`.
    public func snapshotPath(step: Int) -> String {
        FilePaths.join(samplesFolder, "step-\(FilePaths.padded(step)).png")
    }

    /// Where the sheet of nearest real pictures of a step goes; its folder is made by who writes it.
    public func neighboursPath(step: Int) -> String {
        FilePaths.join(neighboursFolder, "step-\(FilePaths.padded(step)).png")
    }
}
