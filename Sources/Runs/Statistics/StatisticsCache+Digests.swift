public import Files
import Glibc

extension StatisticsCache {
    private static let digestFormat = "atelier.digest.1"

    /// The digest of a data set whose files had a stamp; nil where none was kept.
    ///
    /// - Parameter stamp: What the data set says of its files.
    public func digest(forStamp stamp: String) -> String? {
        let path = digestPath(stamp)
        guard FilePaths.exists(path), let bytes = try? FilePaths.read(path, limit: 1024) else {
            return nil
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 3, lines[0] == Self.digestFormat, lines[1] == stamp,
            lines[2].utf8.count == 64
        else { return nil }
        return String(lines[2])
    }

    /// Keeps the digest of a data set whose files have a stamp.
    ///
    /// - Throws: `FileError` if the folder cannot be made or the file not be written.
    public func store(digest: String, forStamp stamp: String) throws(FileError) {
        try Folder.make(folder)
        try AtomicFile.write("\(Self.digestFormat)\n\(stamp)\n\(digest)\n", to: digestPath(stamp))
    }

    private func digestPath(_ stamp: String) -> String {
        var digest = ContentDigest()
        digest.update(Array(stamp.utf8))
        return FilePaths.join(folder, "\(digest.finish().prefix(40)).digest")
    }
}
