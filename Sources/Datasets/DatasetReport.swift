/// What a source holds, as ``DatasetCheck`` found it by decoding every picture.
public struct DatasetReport: Sendable, Hashable, Codable {
    /// A value and how many pictures have it.
    public struct Tally: Sendable, Hashable, Codable {
        /// What is counted, such as `64x64` or `JPEG`.
        public var name: String
        /// How many pictures.
        public var count: Int

        /// A tally.
        public init(name: String, count: Int) {
            self.name = name
            self.count = count
        }
    }

    /// What to train with, judged from the pictures.
    public struct Proposal: Sendable, Hashable, Codable {
        /// Rows and columns: a power of two, 16 to 256.
        public var side: Int
        /// The channels.
        public var channels: ChannelChoice
        /// How to cut other shapes.
        public var crop: CropStyle
        /// Why, and what else to mind, a line each.
        public var reasons: [String]
    }

    /// The file or folder.
    public var path: String
    /// What kind of source it is.
    public var kind: PictureSourceKind
    /// Pictures that decode.
    public var usableCount: Int
    /// Columns x rows, most frequent first.
    public var sizes: [Tally]
    /// File formats, most frequent first.
    public var formats: [Tally]
    /// `grey`, `grey + alpha`, `rgb`, `rgb + alpha`, most frequent first.
    public var channels: [Tally]
    /// Classes in the order of their labels; empty without labels.
    public var classes: [Tally]
    /// Pictures without a label where others have one.
    public var unlabelledCount: Int
    /// Pictures with 16 bits a channel.
    public var deepCount: Int
    /// Pictures with colour channels whose every pixel is grey.
    public var colourlessCount: Int
    /// Pictures with a pixel that is not wholly opaque.
    public var transparentCount: Int
    /// What cannot be used, by name.
    public var broken: [RefusedPicture]
    /// Names of pictures with the very same pixels, a group each.
    public var duplicates: [[String]]
    /// The picture with the fewest pixels.
    public var smallest: String
    /// The picture with the most pixels.
    public var largest: String
    /// Bytes of all pictures once decoded, in their own sizes.
    public var decodedBytes: Int
    /// Decisions that were taken while opening the source.
    public var notes: [String]
    /// What to train with.
    public var proposal: Proposal

    /// Pictures that are copies of another.
    public var duplicateCount: Int { duplicates.reduce(0) { $0 + $1.count - 1 } }
}
