public import Imaging

/// Several sources one after the other, as one; without labels.
public struct JoinedSource: PictureSource {
    private let parts: [any PictureSource]
    /// Where each part's items begin, and at last their number.
    private let starts: [Int]

    /// Opens folders, archives and array files.
    ///
    /// - Throws: ``DatasetError`` of the first that cannot be opened.
    public init(paths: [String]) throws(DatasetError) {
        precondition(!paths.isEmpty, "[JoinedSource] expected a path or more, got none")
        var parts: [any PictureSource] = []
        for path in paths {
            parts.append(
                try PictureSources.open(path: path, options: PictureSourceOptions(labels: .none)))
        }
        self.init(parts)
    }

    /// Joins sources.
    public init(_ parts: [any PictureSource]) {
        precondition(!parts.isEmpty, "[JoinedSource] expected a source or more, got none")
        self.parts = parts
        var starts = [0]
        for part in parts { starts.append(starts[starts.count - 1] + part.count) }
        self.starts = starts
    }

    /// The paths, with a comma between them.
    public var path: String { parts.map(\.path).joined(separator: ", ") }
    /// That of the first part.
    public var kind: PictureSourceKind { parts[0].kind }
    /// All parts' pictures.
    public var count: Int { starts[starts.count - 1] }
    /// None.
    public var classNames: [String] { [] }
    /// All parts'; names say the part where there are several.
    public var refused: [RefusedPicture] {
        zip(parts.indices, parts).flatMap { place, part in
            part.refused.map {
                RefusedPicture(name: label(place) + $0.name, reason: $0.reason)
            }
        }
    }
    /// All parts'.
    public var notes: [String] { parts.flatMap(\.notes) }

    /// The name in its part, after the last folder of the part's path where there are several.
    public func name(of item: Int) -> String {
        let (part, own) = place(of: item)
        return label(part) + parts[part].name(of: own)
    }

    /// None.
    public func label(of item: Int) -> Int? { nil }

    /// What an item's header says.
    public func header(of item: Int) -> PictureHeader {
        let (part, own) = place(of: item)
        return parts[part].header(of: own)
    }

    /// The decoded picture.
    public func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        let (part, own) = place(of: item)
        return try parts[part].picture(at: own)
    }

    /// The decoded picture, possibly shrunk.
    public func picture(at item: Int, leastScale: Double) throws(DatasetError) -> PixelBuffer {
        let (part, own) = place(of: item)
        return try parts[part].picture(at: own, leastScale: leastScale)
    }

    private func label(_ part: Int) -> String {
        guard parts.count > 1 else { return "" }
        let last = parts[part].path.split(separator: "/").last.map(String.init) ?? ""
        return "\(part + 1).\(last)/"
    }

    private func place(of item: Int) -> (part: Int, item: Int) {
        precondition(
            item >= 0 && item < count,
            "[JoinedSource] expected an item in 0..<\(count), got \(item)")
        let part = starts.lastIndex { $0 <= item } ?? 0
        return (part, item - starts[part])
    }
}
