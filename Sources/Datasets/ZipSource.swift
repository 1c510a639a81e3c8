public import Imaging

/// The pictures of a ZIP archive.
///
/// Nothing is ever extracted to the disk, so an entry's path cannot do harm; entries are unpacked
/// into memory one at a time, within bounds on their size and packing ratio. Encrypted, oversized
/// and otherwise odd entries are named in ``refused`` and skipped.
public struct ZipSource: PictureSource {
    /// The archive.
    public let path: String
    /// Always ``PictureSourceKind/zip``.
    public var kind: PictureSourceKind { .zip }
    /// The names of the classes in the order of their labels.
    public var classNames: [String] { assignment.classNames }
    /// What was found and cannot be used.
    public let refused: [RefusedPicture]
    /// What was decided while opening it.
    public var notes: [String] { scanNotes + assignment.notes }

    private let entries: [ZipArchive.Entry]
    private let headers: [PictureHeader]
    private let assignment: LabelAssignment
    private let scanNotes: [String]
    private let archive: ZipArchive
    private let limits: DecodeLimits

    /// Lists an archive and reads the header of every picture in it.
    ///
    /// - Throws: ``DatasetError`` if the archive cannot be read, holds no usable picture, or its
    ///   label file cannot be used.
    public init(path: String, options: PictureSourceOptions = .init()) throws(DatasetError) {
        self.path = path
        let decodeLimits = DecodeLimits(options.limits)
        limits = decodeLimits
        let archive = try ZipArchive(path: path, limits: options.limits)
        self.archive = archive
        let listing = try archive.list()
        let found = listing.entries
        let scan = try FileScan(
            names: found.map(\.name), source: path, unlisted: listing.refused,
            threadCount: options.threadCount
        ) { Self.examine(found[$0], in: archive, limits: decodeLimits) }
        entries = scan.pictures.map { found[$0] }
        headers = scan.headers
        refused = scan.refused
        scanNotes = scan.notes
        var labelFile: (name: String, bytes: [UInt8])?
        if options.labels == .automatic {
            for name in LabelTable.fileNames where labelFile == nil {
                guard let entry = found.first(where: { $0.name == name }) else { continue }
                labelFile = (
                    name, try archive.contents(of: entry, limit: options.limits.labelFileBytes)
                )
            }
        }
        assignment = try LabelAssignment.make(
            names: entries.map(\.name), mode: options.labels, source: path, limits: options.limits,
            labelFile: labelFile)
    }

    /// How many pictures have a sound header.
    public var count: Int { entries.count }
    /// The path of an item inside the archive.
    public func name(of item: Int) -> String { entries[item].name }
    /// The class of an item, or nil.
    public func label(of item: Int) -> Int? { assignment.labels[item].map(Int.init) }
    /// What an item's header says.
    public func header(of item: Int) -> PictureHeader { headers[item] }

    /// The decoded picture, upright.
    public func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        try picture(at: item, leastScale: 1)
    }

    /// The decoded picture, upright, shrunk while decoding where that is cheap.
    public func picture(at item: Int, leastScale: Double) throws(DatasetError) -> PixelBuffer {
        let entry = entries[item]
        let bytes = try archive.contents(of: entry)
        do {
            return try ImageFile.decode(
                bytes: bytes, name: entry.name, limits: limits, leastScale: leastScale
            ).pixels
        } catch {
            throw DatasetError(error, path: "\(path): \(entry.name)")
        }
    }

    private static func examine(
        _ entry: ZipArchive.Entry, in archive: ZipArchive, limits: DecodeLimits
    ) -> FileScan.Outcome {
        let claims = FileScan.claimsPicture(entry.name)
        do throws(DatasetError) {
            // The header of a JPEG lies at its start, unless its metadata are long.
            let start = try archive.start(of: entry, count: 64 << 10)
            guard FileScan.looksLikePicture(start) else {
                return claims
                    ? .refused("expected a PNG, JPEG or WebP picture, found other bytes") : .other
            }
            // A WebP may say which way it is up behind its pixels, and so may a PNG, whose
            // transparency may also come late: of these only the whole tells.
            if start.starts(with: [0xff, 0xd8]) || entry.size == start.count {
                do {
                    return .picture(
                        PictureHeader(
                            try ImageFile.probe(bytes: start, name: entry.name, limits: limits)))
                } catch {
                    guard entry.size > start.count else {
                        throw DatasetError(error, path: entry.name)
                    }
                }
            }
            let whole = try archive.contents(of: entry)
            do {
                return .picture(
                    PictureHeader(
                        try ImageFile.probe(bytes: whole, name: entry.name, limits: limits)))
            } catch {
                throw DatasetError(error, path: entry.name)
            }
        } catch {
            return .refused(error.reason)
        }
    }
}
