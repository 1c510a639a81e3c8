/// Walks the chunks of a PNG without decoding them (PNG specification, third edition, section 5).
struct PNGChunks {
    /// The eight bytes that every PNG starts with.
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Where a chunk lies.
    struct Chunk {
        /// Four letters.
        var name: String
        /// Where its data begin.
        var offset: Int
        /// Bytes of its data.
        var count: Int
    }

    /// Most chunks that are looked at: a file of 1 GB in the usual 8 KB pieces has 122,000.
    private static let maximumChunks = 200_000

    private let source: ByteSource
    private var position = PNGChunks.signature.count
    private var seen = 0

    init(_ source: ByteSource) {
        self.source = source
    }

    /// The next chunk, or `nil` after IEND and where the file ends or stops making sense.
    mutating func next() throws(ImageError) -> Chunk? {
        let head = try source.bytes(at: position, count: 8)
        guard head.count == 8, seen < Self.maximumChunks else { return nil }
        let count = head.bigEndian(at: 0, size: 4)
        let letters = head[4...]
        let isName = letters.allSatisfy { (65...90).contains($0) || (97...122).contains($0) }
        guard isName, count < 1 << 31, count <= source.count - position - 12 else { return nil }
        let chunk = Chunk(
            name: String(decoding: letters, as: UTF8.self), offset: position + 8, count: count)
        seen += 1
        // Nothing that follows IEND belongs to the picture.
        position = chunk.name == "IEND" ? source.count : position + 12 + count
        return chunk
    }
}
