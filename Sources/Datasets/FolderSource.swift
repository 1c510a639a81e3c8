import Files
public import Imaging

/// The picture files of a folder and everything below it.
///
/// Hidden files are left out, links followed without running in circles, and the order is natural
/// (`2.png` before `10.png`) and the same on every machine.
public struct FolderSource: PictureSource {
    /// The folder.
    public let path: String
    /// Always ``PictureSourceKind/folder``.
    public var kind: PictureSourceKind { .folder }
    /// The names of the classes in the order of their labels.
    public var classNames: [String] { assignment.classNames }
    /// What was found and cannot be used.
    public let refused: [RefusedPicture]
    /// What was decided while opening it.
    public var notes: [String] { scanNotes + assignment.notes }

    private let names: [String]
    private let headers: [PictureHeader]
    private let assignment: LabelAssignment
    private let scanNotes: [String]
    private let limits: DecodeLimits

    /// Lists a folder and reads the header of every file in it.
    ///
    /// - Throws: ``DatasetError`` if the folder cannot be read, holds no usable picture, or its
    ///   label file cannot be used.
    public init(path: String, options: PictureSourceOptions = .init()) throws(DatasetError) {
        self.path = path
        let decodeLimits = DecodeLimits(options.limits)
        limits = decodeLimits
        let walker = try FolderWalker(root: path, limits: options.limits)
        let files = walker.files
        let scan = try FileScan(
            names: files, source: path, unlisted: walker.refused, threadCount: options.threadCount
        ) { Self.examine(name: files[$0], path: path + "/" + files[$0], limits: decodeLimits) }
        names = scan.pictures.map { files[$0] }
        headers = scan.headers
        refused = scan.refused
        scanNotes = scan.notes
        var labelFile: (name: String, bytes: [UInt8])?
        if options.labels == .automatic,
            let name = LabelTable.fileNames.first(where: files.contains)
        {
            let bytes = try InputFile.contents(
                of: path + "/" + name, limit: options.limits.labelFileBytes)
            labelFile = (name, bytes)
        }
        assignment = try LabelAssignment.make(
            names: names, mode: options.labels, source: path, limits: options.limits,
            labelFile: labelFile)
    }

    /// How many pictures have a sound header.
    public var count: Int { names.count }
    /// The path of an item inside the folder.
    public func name(of item: Int) -> String { names[item] }
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
        let file = path + "/" + names[item]
        do {
            return try ImageFile.decode(
                contentsOf: file, limits: limits, leastScale: leastScale
            ).pixels
        } catch {
            throw DatasetError(error, path: file)
        }
    }

    private static func examine(
        name: String, path: String, limits: DecodeLimits
    ) -> FileScan.Outcome {
        do throws(DatasetError) {
            if !FileScan.claimsPicture(name) {
                let start = try InputFile(path: path).readUpTo(at: 0, count: 16)
                guard FileScan.looksLikePicture(start) else { return .other }
            }
            do {
                return .picture(
                    PictureHeader(try ImageFile.probe(contentsOf: path, limits: limits)))
            } catch {
                throw DatasetError(error, path: path)
            }
        } catch {
            return .refused(error.reason)
        }
    }
}

extension DecodeLimits {
    /// The decoder's limits within a source's.
    init(_ limits: SourceLimits) {
        self.init()
        maximumFileSize = limits.pictureBytes
    }
}

extension PictureHeader {
    /// The header as Imaging read it.
    init(_ probe: ImageProbe) {
        self.init(
            width: probe.width, height: probe.height, format: probe.pixelFormat,
            bitDepth: probe.facts.bitDepth, fileFormat: probe.facts.format.name)
    }
}

extension DatasetError {
    /// The error of a picture that cannot be decoded.
    init(_ error: ImageError, path: String) {
        switch error.reason {
        case .file(let error):
            self.init(.unreadable, path: path, error.description)
        case .unknownFormat(let found):
            self.init(
                .unsupported, path: path, "expected a PNG, JPEG or WebP picture, found \(found)")
        case .overLimit(let text):
            self.init(.tooLarge, path: path, "refused by its header: \(text)")
        case .damaged(let format, let text):
            self.init(.damaged, path: path, "damaged \(format.name): \(text)")
        case .unsupported(let format, let text), .cannotEncode(let format, let text):
            self.init(.unsupported, path: path, "unsupported \(format.name): \(text)")
        }
    }
}
