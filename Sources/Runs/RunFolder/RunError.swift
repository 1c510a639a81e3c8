public import Files
import Imaging

/// Why a run folder, or a file of it, could not be used.
public enum RunError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused a file operation.
    case file(FileError)
    /// The folder is there, is not empty and is not a run.
    case folderNotEmpty(path: String, example: String)
    /// The folder already holds a run.
    case alreadyARun(path: String)
    /// There is no run at the path; what is missing.
    case notARun(path: String, missing: String)
    /// Another process is training this run.
    case locked(path: String, process: Int?)
    /// A file of the run does not say what it should.
    case damaged(path: String, reason: String)
    /// The file was written by a later Atelier.
    case tooNew(path: String, version: Int, supported: Int)
    /// No checkpoint of the run can be used; why each was refused.
    case noCheckpoint(path: String, refused: [String])

    /// One line: the path, what is wrong, what to do.
    public var description: String {
        switch self {
        case .file(let error): return error.description
        case .folderNotEmpty(let path, let example):
            return
                "\(path) is not empty (it holds \(example)) and is not a run; choose a new folder "
                + "with --out"
        case .alreadyARun(let path):
            return
                "\(path) already holds a run; go on with it by --resume \(path), or choose another "
                + "folder with --out"
        case .notARun(let path, let missing):
            return "\(path) is not a run of Atelier: \(missing) is missing; check the path"
        case .locked(let path, let process):
            let who = process.map { "process \($0)" } ?? "another process"
            return
                "\(path) is being trained by \(who); wait for it, stop it, or choose "
                + "another folder with --out"
        case .damaged(let path, let reason): return "\(path) is damaged: \(reason)"
        case .tooNew(let path, let version, let supported):
            return "\(path) has format version \(version), this Atelier reads up to \(supported); "
                + "update Atelier"
        case .noCheckpoint(let path, let refused):
            guard let first = refused.first else {
                return "\(path) holds no checkpoint yet; train it first"
            }
            return
                "\(path) holds no checkpoint that can be used; \(refused.count) refused, "
                + "the newest: " + first
        }
    }
}

/// Runs a file operation, its error wrapped as a ``RunError``.
func wrapping<Result>(_ body: () throws(FileError) -> Result) throws(RunError) -> Result {
    do throws(FileError) { return try body() } catch { throw .file(error) }
}
