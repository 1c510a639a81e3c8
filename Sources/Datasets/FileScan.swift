import Imaging

/// The named files of a folder or archive, sorted into pictures, refusals and others by their
/// headers.
struct FileScan: Sendable {
    /// What one file is.
    enum Outcome: Sendable {
        /// A picture with a sound header.
        case picture(PictureHeader)
        /// A file that claims to be a picture and is none.
        case refused(String)
        /// A file of another kind, such as a text.
        case other
    }

    /// Indices of the files that are pictures, in order.
    private(set) var pictures: [Int] = []
    /// Their headers.
    private(set) var headers: [PictureHeader] = []
    /// The files that cannot be used.
    private(set) var refused: [RefusedPicture] = []
    /// A line on files of other kinds, if there are any.
    private(set) var notes: [String] = []

    /// Looks at every named file with `examine`, on several threads.
    init(
        names: [String], source: String, unlisted: [RefusedPicture], threadCount: Int,
        examine: @escaping @Sendable (Int) -> Outcome
    ) throws(DatasetError) {
        let outcomes = Monitor([Outcome](repeating: .other, count: names.count))
        forEachIndex(names.count, threadCount: threadCount) { index in
            let outcome = examine(index)
            outcomes.change { $0[index] = outcome }
        }
        var otherExtensions: [String: Int] = [:]
        for (index, outcome) in outcomes.change({ $0 }).enumerated() {
            switch outcome {
            case .picture(let header):
                pictures.append(index)
                headers.append(header)
            case .refused(let reason):
                refused.append(RefusedPicture(name: names[index], reason: reason))
            case .other:
                otherExtensions[Self.pathExtension(names[index]), default: 0] += 1
            }
        }
        refused += unlisted
        let others = otherExtensions.values.reduce(0, +)
        if others > 0 {
            let kinds = otherExtensions.keys.sorted().prefix(5)
                .map { $0.isEmpty ? "no extension" : ".\($0)" }.joined(separator: ", ")
            notes.append("\(others) other files are left alone (\(kinds))")
        }
        if pictures.isEmpty {
            throw Self.nothingUsable(
                source: source, found: names.count + unlisted.count, refused: refused)
        }
    }

    /// The extension of a path in small letters, without the dot.
    static func pathExtension(_ path: String) -> String {
        let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        return name[name.index(after: dot)...].lowercased()
    }

    /// Whether a name claims to be a picture. A file that does and cannot be read is reported; any
    /// other file counts only if its first bytes are those of a picture.
    static func claimsPicture(_ path: String) -> Bool {
        pictureExtensions.contains(pathExtension(path))
    }

    private static let pictureExtensions: Set<String> = [
        "png", "jpg", "jpeg", "jpe", "jfif", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif",
        "avif", "jxl", "jp2", "tga", "ppm", "pgm", "ico", "psd", "exr", "hdr",
    ]

    /// Whether bytes begin as one of the formats that are read.
    static func looksLikePicture(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) || bytes.starts(with: [0xFF, 0xD8, 0xFF])
            || (bytes.count >= 12 && bytes.starts(with: Array("RIFF".utf8))
                && Array(bytes[8..<12]) == Array("WEBP".utf8))
    }

    private static func nothingUsable(
        source: String, found: Int, refused: [RefusedPicture]
    ) -> DatasetError {
        var reason = "no usable picture: \(found) files found, \(refused.count) refused"
        if let first = refused.first { reason += "; first: \(first.name): \(first.reason)" }
        let advice =
            if found == 0 {
                "put PNG, JPEG or WebP pictures there, or check the path"
            } else if refused.isEmpty {
                "none of the files is a PNG, JPEG or WebP picture: check the path, or convert them"
            } else {
                "replace the refused files, or convert them to PNG"
            }
        return DatasetError(.noUsablePicture, path: source, reason, advice: advice)
    }
}
