import Glibc
public import Imaging

/// CIFAR-10 and CIFAR-100 in their binary version: records of a label (or a coarse and a fine
/// label) and 3,072 bytes of a 32x32 picture, one colour plane after the other.
///
/// https://www.cs.toronto.edu/~kriz/cifar.html. Records are read as needed; of CIFAR-100's two
/// labels the fine one is taken.
public struct CIFARSource: PictureSource {
    /// The folder or file.
    public let path: String
    /// Always ``PictureSourceKind/cifar``.
    public var kind: PictureSourceKind { .cifar }
    /// How many records are sound.
    public var count: Int { records.count }
    /// The names of the classes, from the set's own list where it lies beside the files.
    public var classNames: [String] { assignment.classNames }
    /// Records whose label is out of range.
    public let refused: [RefusedPicture]
    /// What was decided while opening it.
    public let notes: [String]

    private static let pixelBytes = 3_072
    private static let side = 32
    private let files: [RecordFile]
    private let records: [Record]
    private let assignment: LabelAssignment

    private struct RecordFile: Sendable {
        var name: String
        var input: InputFile
        var labelBytes: Int
        var recordBytes: Int { labelBytes + CIFARSource.pixelBytes }
        var classCount: Int { labelBytes == 1 ? 10 : 100 }
    }

    private struct Record: Sendable {
        var file: Int32
        var index: Int32
    }

    /// Opens a folder with `data_batch_1.bin` or `train.bin` and the like, or one such file.
    ///
    /// - Throws: ``DatasetError`` for files that are missing, cut short or of another kind.
    public init(path: String, options: PictureSourceOptions = .init()) throws(DatasetError) {
        self.path = path
        var files: [RecordFile] = []
        for file in try Self.recordFiles(at: path, split: options.split) {
            files.append(try Self.open(file))
        }
        guard let first = files.first else {
            throw DatasetError(
                .noUsablePicture, path: path,
                "expected CIFAR's binary files of the \(options.split.rawValue) part",
                advice: "choose another part")
        }
        guard files.allSatisfy({ $0.labelBytes == first.labelBytes }) else {
            throw DatasetError(
                .unsupported, path: path, "CIFAR-10 and CIFAR-100 files lie in one folder",
                advice: "give each a folder of its own")
        }
        var records: [Record] = []
        var labels: [Int32?] = []
        var refused: [RefusedPicture] = []
        for (number, file) in files.enumerated() {
            for index in 0..<file.input.size / file.recordBytes {
                let offset = index * file.recordBytes + file.labelBytes - 1
                let label = Int(try file.input.read(at: offset, count: 1)[0])
                if label < file.classCount {
                    records.append(Record(file: Int32(number), index: Int32(index)))
                    labels.append(Int32(label))
                } else {
                    refused.append(
                        RefusedPicture(
                            name: "\(file.name)/\(index)",
                            reason: "expected a label below \(file.classCount), found \(label)"))
                }
            }
        }
        guard !records.isEmpty else {
            throw DatasetError(
                .noUsablePicture, path: path,
                "no usable picture: \(refused.count) records found, all refused"
                    + (refused.first.map { "; first: \($0.name): \($0.reason)" } ?? ""),
                advice: "check that these are CIFAR's binary files")
        }
        self.files = files
        self.records = records
        self.refused = refused
        switch options.labels {
        case .automatic:
            assignment = LabelAssignment(
                classNames: Self.classNames(beside: path, count: first.classCount), labels: labels)
        case .none:
            assignment = .none(count: records.count)
        case .subfolders, .file:
            assignment = try LabelAssignment.make(
                names: records.map { "\(files[Int($0.file)].name)/\($0.index)" },
                mode: options.labels, source: path, limits: options.limits, labelFile: nil)
        }
        notes = assignment.notes
    }

    /// The name of an item: `data_batch_1/17`.
    public func name(of item: Int) -> String {
        "\(files[Int(records[item].file)].name)/\(records[item].index)"
    }
    /// The class of an item, or nil.
    public func label(of item: Int) -> Int? { assignment.labels[item].map(Int.init) }
    /// 32x32 RGB, as every item.
    public func header(of item: Int) -> PictureHeader {
        PictureHeader(
            width: Self.side, height: Self.side, format: .rgb, bitDepth: 8, fileFormat: "CIFAR")
    }

    /// The picture, its planes interleaved.
    public func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        let record = records[item]
        let file = files[Int(record.file)]
        let planes = try file.input.read(
            at: Int(record.index) * file.recordBytes + file.labelBytes, count: Self.pixelBytes)
        let plane = Self.side * Self.side
        var bytes = [UInt8](repeating: 0, count: Self.pixelBytes)
        for i in 0..<plane {
            bytes[3 * i] = planes[i]
            bytes[3 * i + 1] = planes[plane + i]
            bytes[3 * i + 2] = planes[2 * plane + i]
        }
        return PixelBuffer(width: Self.side, height: Self.side, format: .rgb, bytes: bytes)
    }
}

extension CIFARSource {
    private static let trainFiles = (1...5).map { "data_batch_\($0).bin" } + ["train.bin"]
    private static let testFiles = ["test_batch.bin", "test.bin"]

    /// Whether a folder holds files of CIFAR's names and record sizes.
    static func isPresent(inFolder path: String) -> Bool {
        (trainFiles + testFiles).contains { name in
            guard let file = try? InputFile(path: path + "/" + name) else { return false }
            return labelBytes(name: name, size: file.size) != nil
        }
    }

    /// Whether a file has CIFAR's record sizes.
    static func isPresent(atFile path: String) -> Bool {
        guard path.hasSuffix(".bin"), let file = try? InputFile(path: path) else { return false }
        return labelBytes(name: name(of: path), size: file.size) != nil
    }

    private static func name(of path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }

    /// Bytes of label before each picture, told from the size of the file.
    private static func labelBytes(name: String, size: Int) -> Int? {
        guard size > 0 else { return nil }
        let isNamedAs100 = name == "train.bin" || name == "test.bin"
        let candidates = isNamedAs100 ? [2, 1] : [1, 2]
        return candidates.first { size % ($0 + pixelBytes) == 0 }
    }

    private static func recordFiles(
        at path: String, split: SourceSplit
    ) throws(DatasetError) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw DatasetError.system(path: path, errno) }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        let names =
            (split == .test ? [] : trainFiles) + (split == .train ? [] : testFiles)
        return names.map { path + "/" + $0 }.filter { access($0, F_OK) == 0 }
    }

    private static func open(_ path: String) throws(DatasetError) -> RecordFile {
        let input = try InputFile(path: path)
        let name = name(of: path)
        guard let labelBytes = labelBytes(name: name, size: input.size) else {
            throw DatasetError(
                .damaged, path: path,
                "expected whole records of 3073 (CIFAR-10) or 3074 (CIFAR-100) bytes, found "
                    + "\(input.size) bytes",
                advice: "the file is cut short or damaged: copy or download it again")
        }
        let stem = name.hasSuffix(".bin") ? String(name.dropLast(4)) : name
        return RecordFile(name: stem, input: input, labelBytes: labelBytes)
    }

    /// The set's own list of names where it fits, else the numbers.
    private static func classNames(beside path: String, count: Int) -> [String] {
        let list = count == 10 ? "batches.meta.txt" : "fine_label_names.txt"
        if let bytes = try? InputFile.contents(of: path + "/" + list, limit: 1 << 16),
            let text = String(validating: bytes, as: UTF8.self)
        {
            let names = text.split(whereSeparator: \.isNewline).map(String.init)
            if names.count == count && Set(names).count == count { return names }
        }
        return (0..<count).map { String($0) }
    }
}
