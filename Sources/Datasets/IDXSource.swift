import Glibc
public import Imaging

/// MNIST, Fashion-MNIST and others in IDX files, plain or gzip.
///
/// A plain file is read piece by piece; a gzip one is unpacked into memory once.
public struct IDXSource: PictureSource {
    /// The folder or file.
    public let path: String
    /// Always ``PictureSourceKind/idx``.
    public var kind: PictureSourceKind { .idx }
    /// How many pictures there are.
    public let count: Int
    /// The names of the classes: the digits, or Fashion-MNIST's ten names.
    public var classNames: [String] { assignment.classNames }
    /// Always empty: an IDX file is sound as a whole or refused as a whole.
    public var refused: [RefusedPicture] { [] }
    /// What was decided while opening it.
    public let notes: [String]

    private let parts: [Part]
    private let assignment: LabelAssignment

    private struct Part: Sendable {
        var name: String
        var images: IDXFile
        var count: Int
        var header: PictureHeader
    }

    /// Opens a folder with `train-images-idx3-ubyte(.gz)` and the like, or one such file.
    ///
    /// - Throws: ``DatasetError`` for files that are missing, cut short or of another kind.
    public init(path: String, options: PictureSourceOptions = .init()) throws(DatasetError) {
        self.path = path
        let files = Self.imageFiles(at: path, split: options.split)
        guard !files.isEmpty else {
            throw DatasetError(
                .noUsablePicture, path: path,
                "expected an IDX file of the \(options.split.rawValue) part, such as "
                    + "\(Self.stems[0].name)-images-idx3-ubyte.gz", advice: "choose another part")
        }
        var parts: [Part] = []
        var labels: [Int32?] = []
        var notes: [String] = []
        for file in files {
            let part = try Self.part(name: file.part, path: file.path, limits: options.limits)
            parts.append(part)
            if options.labels == .automatic {
                if let found = try Self.labels(of: part, imagePath: file.path, options.limits) {
                    labels += found.map { Int32($0) }
                } else {
                    notes.append("no label file beside \(file.path)")
                    labels += Array(repeating: nil, count: part.count)
                }
            }
        }
        self.parts = parts
        count = parts.reduce(0) { $0 + $1.count }
        guard count > 0 else {
            throw DatasetError(.noUsablePicture, path: path, "the array holds no picture")
        }
        switch options.labels {
        case .automatic:
            let names = Self.classNames(for: labels, path: path)
            assignment = LabelAssignment(classNames: names, labels: labels)
        case .none:
            assignment = .none(count: count)
        case .subfolders, .file:
            assignment = try LabelAssignment.make(
                names: parts.flatMap { part in (0..<part.count).map { "\(part.name)/\($0)" } },
                mode: options.labels, source: path, limits: options.limits, labelFile: nil)
        }
        self.notes = notes + assignment.notes
    }

    /// The name of an item: `train/17`.
    public func name(of item: Int) -> String {
        let (part, index) = locate(item)
        return "\(parts[part].name)/\(index)"
    }
    /// The class of an item, or nil.
    public func label(of item: Int) -> Int? { assignment.labels[item].map(Int.init) }
    /// The size of an item; every item of a file has the same.
    public func header(of item: Int) -> PictureHeader { parts[locate(item).part].header }

    /// The picture, as it is in the array.
    public func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        let (number, index) = locate(item)
        let part = parts[number]
        let size = part.header.width * part.header.height * part.header.format.channelCount
        return PixelBuffer(
            width: part.header.width, height: part.header.height, format: part.header.format,
            bytes: try part.images.bytes(from: index * size, count: size))
    }

    private func locate(_ item: Int) -> (part: Int, index: Int) {
        precondition(
            (0..<count).contains(item), "[IDXSource] expected an item in 0..<\(count), got \(item)")
        var index = item
        var part = 0
        while index >= parts[part].count {
            index -= parts[part].count
            part += 1
        }
        return (part, index)
    }
}

extension IDXSource {
    private static let stems: [(name: String, file: String, split: SourceSplit)] = [
        ("train", "train-images", .train), ("test", "t10k-images", .test),
        ("test", "test-images", .test),
    ]
    private static let suffixes = [
        "-idx3-ubyte", ".idx3-ubyte", "-idx3-ubyte.gz", ".idx3-ubyte.gz", "-idx4-ubyte",
        "-idx4-ubyte.gz",
    ]

    /// Whether a folder holds files of MNIST's names.
    static func isPresent(inFolder path: String) -> Bool {
        !imageFiles(inFolder: path, split: .all).isEmpty
    }

    private static func imageFiles(
        at path: String, split: SourceSplit
    ) -> [(part: String, path: String)] {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            let isTest = path.contains("t10k-") || path.contains("test-images")
            return [(isTest ? "test" : path.contains("train-") ? "train" : "item", path)]
        }
        return imageFiles(inFolder: path, split: split)
    }

    private static func imageFiles(
        inFolder path: String, split: SourceSplit
    ) -> [(part: String, path: String)] {
        var files: [(part: String, path: String)] = []
        for stem in stems where split == .all || split == stem.split {
            let candidates: [String] = suffixes.map { "\(path)/\(stem.file)\($0)" }
            let file = candidates.first { access($0, F_OK) == 0 }
            if let file, !files.contains(where: { $0.part == stem.name }) {
                files.append((stem.name, file))
            }
        }
        return files
    }

    private static func part(
        name: String, path: String, limits: SourceLimits
    ) throws(DatasetError) -> Part {
        let images = try IDXFile(path: path, limits: limits)
        let sizes = images.dimensions
        let channels = sizes.count == 4 ? PixelFormat(rawValue: UInt8(clamping: sizes[3])) : .grey
        guard sizes.count >= 3, let channels, (1...65_535).contains(sizes[1]),
            (1...65_535).contains(sizes[2])
        else {
            throw DatasetError(
                .unsupported, path: path,
                "expected pictures [count, rows, columns] or [count, rows, columns, 1 to 4 channels], "
                    + "found \(sizes)", advice: "give the file of the images, not of the labels")
        }
        let header = PictureHeader(
            width: sizes[2], height: sizes[1], format: channels, bitDepth: 8, fileFormat: "IDX")
        return Part(name: name, images: images, count: sizes[0], header: header)
    }

    /// The labels beside a file of images, or nil where there is no such file.
    private static func labels(
        of part: Part, imagePath: String, _ limits: SourceLimits
    ) throws(DatasetError) -> [UInt8]? {
        let slash =
            imagePath.lastIndex(of: "/").map(imagePath.index(after:)) ?? imagePath.startIndex
        let base = replacing("-images", by: "-labels", in: String(imagePath[slash...]))
        let stem = ["idx3", "idx4"].reduce(base) { replacing($1, by: "idx1", in: $0) }
        let plain = stem.hasSuffix(".gz") ? String(stem.dropLast(3)) : stem
        let folder = String(imagePath[..<slash])
        let candidates = [folder + plain, folder + plain + ".gz"].filter { $0 != imagePath }
        guard let file = candidates.first(where: { access($0, F_OK) == 0 }) else { return nil }
        let array = try IDXFile(path: file, limits: limits)
        guard array.dimensions == [part.count] else {
            throw DatasetError(
                .labels, path: file,
                "expected \(part.count) labels, one for each picture, found \(array.dimensions)")
        }
        return try array.bytes(from: 0, count: part.count)
    }

    private static func replacing(_ text: String, by other: String, in name: String) -> String {
        guard let range = name.firstRange(of: text) else { return name }
        return name.replacingCharacters(in: range, with: other)
    }

    private static func classNames(for labels: [Int32?], path: String) -> [String] {
        guard let largest = labels.compactMap({ $0 }).max() else { return [] }
        if largest == 9, path.lowercased().contains("fashion") { return fashionClasses }
        return (0...largest).map { String($0) }
    }

    /// Xiao et al. 2017, "Fashion-MNIST", https://arxiv.org/abs/1708.07747, table 2.
    private static let fashionClasses = [
        "t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
        "ankle boot",
    ]
}

extension String {
    /// The string with a range replaced.
    fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: other)
        return copy
    }
}
