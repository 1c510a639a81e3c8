import Files
import Glibc

/// Lists the regular files below a folder.
///
/// Hidden files and folders (a leading dot) and `__MACOSX` are left out. Links are followed, but no
/// folder is entered twice, so a loop of links ends; pipes, sockets and devices are never opened.
struct FolderWalker {
    /// Paths relative to the folder, in natural order.
    private(set) var files: [String] = []
    /// What could not be listed, by relative path.
    private(set) var refused: [RefusedPicture] = []

    private let root: String
    private let limits: SourceLimits
    private var visited: Set<FolderIdentity> = []

    private struct FolderIdentity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// Lists a folder.
    init(root: String, limits: SourceLimits) throws(DatasetError) {
        self.root = root
        self.limits = limits
        var status = stat()
        guard stat(root, &status) == 0 else { throw DatasetError.system(path: root, errno) }
        visited.insert(Self.identity(status))
        try walk("", depth: 0)
        files.sort(by: NaturalOrder.precedes)
    }

    /// Whether a name inside a folder is one that a person does not see.
    static func isHidden(_ name: some StringProtocol) -> Bool {
        name.hasPrefix(".") || name == "__MACOSX"
    }

    private static func identity(_ status: stat) -> FolderIdentity {
        FolderIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private mutating func walk(_ relative: String, depth: Int) throws(DatasetError) {
        let path = relative.isEmpty ? root : root + "/" + relative
        let names: [String]
        do throws(FileError) {
            names = try Folder.names(in: path)
        } catch {
            let failure = DatasetError(error)
            if relative.isEmpty { throw failure }
            refuse(relative, failure.reason)
            return
        }
        // Sorted, so that which of two links to one folder is entered first is the same everywhere.
        for name in names.sorted(by: NaturalOrder.precedes) where !Self.isHidden(name) {
            let child = relative.isEmpty ? name : relative + "/" + name
            var status = stat()
            guard stat(root + "/" + child, &status) == 0 else {
                refuse(
                    child, "a link or file that leads nowhere: \(String(cString: strerror(errno)))")
                continue
            }
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                guard files.count < limits.fileCount else {
                    throw DatasetError(
                        .tooLarge, path: root, "more than \(limits.fileCount) files",
                        advice: "point at a smaller folder")
                }
                files.append(child)
            case S_IFDIR:
                if !visited.insert(Self.identity(status)).inserted {
                    refuse(child, "a link to a folder that is already listed")
                } else if depth >= limits.folderDepth {
                    refuse(child, "folders nested deeper than \(limits.folderDepth)")
                } else {
                    try walk(child, depth: depth + 1)
                }
            default:
                refuse(child, "expected a file or folder, found a pipe, socket or device")
            }
        }
    }

    private mutating func refuse(_ name: String, _ reason: String) {
        refused.append(RefusedPicture(name: name, reason: reason))
    }
}
