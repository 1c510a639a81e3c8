import Glibc

/// Opens pictures of whatever kind.
public enum PictureSources {
    /// Opens a folder, a ZIP archive, or MNIST's or CIFAR's files; the kind is told by what is
    /// there, not by the extension.
    ///
    /// - Throws: ``DatasetError`` that names the path, what was expected, what was found and what
    ///   to do.
    public static func open(
        path: String, options: PictureSourceOptions = .init()
    ) throws(DatasetError) -> any PictureSource {
        let path = trimmed(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw DatasetError.system(path: path, errno) }
        if status.st_mode & S_IFMT == S_IFDIR {
            if IDXSource.isPresent(inFolder: path) {
                return try IDXSource(path: path, options: options)
            }
            if CIFARSource.isPresent(inFolder: path) {
                return try CIFARSource(path: path, options: options)
            }
            return try FolderSource(path: path, options: options)
        }
        let start = try InputFile(path: path).readUpTo(at: 0, count: 16)
        // "PK" 5 6 is the end record that an empty archive consists of.
        if start.starts(with: [0x50, 0x4B, 3, 4]) || start.starts(with: [0x50, 0x4B, 5, 6]) {
            return try ZipSource(path: path, options: options)
        }
        if IDXFile.isIDX(start) { return try IDXSource(path: path, options: options) }
        if GzipFile.isGzip(start), IDXFile.isIDX(try GzipFile(path: path).read(count: 4)) {
            return try IDXSource(path: path, options: options)
        }
        if CIFARSource.isPresent(atFile: path) {
            return try CIFARSource(path: path, options: options)
        }
        throw unknown(path: path, start: start)
    }

    private static func unknown(path: String, start: [UInt8]) -> DatasetError {
        let expected = "expected a folder, a ZIP archive, an IDX file or a CIFAR file"
        if FileScan.looksLikePicture(start) {
            return DatasetError(
                .unknownKind, path: path, "\(expected), found a single picture",
                advice: "give the folder that it lies in")
        }
        if GzipFile.isGzip(start) || FileScan.pathExtension(path) == "tar" {
            return DatasetError(
                .unknownKind, path: path, "\(expected), found another kind of archive",
                advice: "unpack it, then give the folder")
        }
        return DatasetError(
            .unknownKind, path: path, "\(expected), found something else",
            advice: "give a folder of PNG, JPEG or WebP pictures")
    }

    /// The path without slashes at its end, so that names joined to it look as people write them.
    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
