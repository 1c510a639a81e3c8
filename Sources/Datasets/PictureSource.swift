public import Imaging

/// Numbered pictures from somewhere: a folder, an archive, an array file.
///
/// Opening a source reads every header, and only items whose header is sound are numbered; the
/// others are in ``refused``. The order is the same on every machine. Sources may be used from
/// several threads at once.
public protocol PictureSource: Sendable {
    /// The file or folder it was opened from.
    var path: String { get }
    /// What kind of source it is.
    var kind: PictureSourceKind { get }
    /// How many pictures have a sound header.
    var count: Int { get }
    /// The names of the classes in the order of their labels; empty where there are no labels.
    var classNames: [String] { get }
    /// What was found and cannot be used, by name.
    var refused: [RefusedPicture] { get }
    /// Decisions that were taken while opening it and that a person should see, a line each.
    var notes: [String] { get }
    /// The name of an item: its path inside the source, or `train/17` and the like.
    func name(of item: Int) -> String
    /// The class of an item, `0..<classNames.count`, or nil where it has none.
    func label(of item: Int) -> Int?
    /// What an item's header says, without decoding its pixels.
    func header(of item: Int) -> PictureHeader
    /// The decoded picture, upright, in its own size and format.
    ///
    /// - Throws: ``DatasetError`` for pixels that cannot be read.
    func picture(at item: Int) throws(DatasetError) -> PixelBuffer
    /// The decoded picture, upright, possibly shrunk while decoding, but to no less than this share
    /// of its sides.
    ///
    /// - Throws: ``DatasetError`` for pixels that cannot be read.
    func picture(at item: Int, leastScale: Double) throws(DatasetError) -> PixelBuffer
}

extension PictureSource {
    /// The decoded picture in its own size.
    public func picture(at item: Int, leastScale: Double) throws(DatasetError) -> PixelBuffer {
        try picture(at: item)
    }
}

/// The kinds of source that are read.
public enum PictureSourceKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A folder of picture files, with everything below it.
    case folder
    /// A ZIP archive of picture files.
    case zip
    /// MNIST's IDX array files, plain or gzip.
    case idx
    /// CIFAR-10's or CIFAR-100's binary record files.
    case cifar
}

/// What the header of a picture says.
public struct PictureHeader: Sendable, Hashable, Codable {
    /// Columns, once upright.
    public var width: Int
    /// Rows, once upright.
    public var height: Int
    /// The channels that it decodes to.
    public var format: PixelFormat
    /// Bits of a channel in the file: 1, 2, 4, 8 or 16.
    public var bitDepth: Int
    /// The file format: `PNG`, `JPEG`, `WebP`, `IDX`, `CIFAR`.
    public var fileFormat: String

    /// A header of given facts.
    public init(width: Int, height: Int, format: PixelFormat, bitDepth: Int, fileFormat: String) {
        self.width = width
        self.height = height
        self.format = format
        self.bitDepth = bitDepth
        self.fileFormat = fileFormat
    }
}

/// Something in a source that cannot be used, and why.
public struct RefusedPicture: Sendable, Hashable, Codable {
    /// Its name inside the source.
    public var name: String
    /// Why it is refused.
    public var reason: String

    /// A refusal.
    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}

/// Where labels come from.
public enum LabelMode: Sendable, Hashable, Codable {
    /// A label file at the top of the source if there is one; else the first-level sub-folders if
    /// every picture lies in one and there are at least two; else none.
    case automatic
    /// No labels, whatever there is.
    case none
    /// The first-level sub-folders; a picture outside of them has no label.
    case subfolders
    /// A file of paths and labels: `.json`, `.csv` or `.tsv`.
    case file(String)
}

/// Which part of a set that comes in two parts (MNIST, CIFAR).
public enum SourceSplit: String, Sendable, Hashable, Codable, CaseIterable {
    /// The training part.
    case train
    /// The test part.
    case test
    /// Both, the training part first.
    case all
}

/// Bounds on what a file from outside may ask for.
public struct SourceLimits: Sendable, Hashable, Codable {
    /// Files or entries that a folder or archive may hold.
    public var fileCount = 20_000_000
    /// Folders inside folders.
    public var folderDepth = 64
    /// Bytes of one picture file or one unpacked archive entry.
    public var pictureBytes = 256 << 20
    /// Unpacked bytes of one gzip file, which is held in memory.
    public var inflatedBytes = 2 << 30
    /// Unpacked over packed bytes beyond which an archive entry of more than 16 MiB is refused.
    public var packingRatio = 200
    /// Bytes of a label file.
    public var labelFileBytes = 512 << 20

    /// The defaults.
    public init() {}
}

/// How to open a source.
public struct PictureSourceOptions: Sendable, Hashable, Codable {
    /// Where labels come from.
    public var labels: LabelMode
    /// Which part of MNIST or CIFAR.
    public var split: SourceSplit
    /// Threads that read headers.
    public var threadCount: Int
    /// Bounds on what files may ask for.
    public var limits: SourceLimits

    /// Options; the defaults suit most folders.
    public init(
        labels: LabelMode = .automatic, split: SourceSplit = .train, threadCount: Int = 2,
        limits: SourceLimits = SourceLimits()
    ) {
        precondition(
            threadCount > 0,
            "[PictureSourceOptions] expected a positive threadCount, got \(threadCount)")
        self.labels = labels
        self.split = split
        self.threadCount = threadCount
        self.limits = limits
    }
}
