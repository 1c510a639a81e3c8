/// An array file of bytes as MNIST's: a magic number, the dimensions, the bytes.
///
/// http://yann.lecun.com/exdb/mnist/ ("the IDX file format")
struct IDXFile: Sendable {
    /// The sizes of the dimensions, outermost first.
    let dimensions: [Int]
    private let storage: Storage

    private enum Storage: Sendable {
        /// Unpacked from gzip, without the header.
        case memory([UInt8])
        /// Read as needed; the bytes begin at the offset.
        case file(InputFile, offset: Int)
    }

    /// Whether bytes begin as an IDX file of unsigned bytes with 1 to 4 dimensions.
    static func isIDX(_ start: [UInt8]) -> Bool {
        start.count >= 4 && start.starts(with: [0, 0, 8]) && (1...4).contains(start[3])
    }

    /// Opens an IDX file of unsigned bytes, plain or gzip.
    init(path: String, limits: SourceLimits) throws(DatasetError) {
        let file = try InputFile(path: path)
        if GzipFile.isGzip(try file.readUpTo(at: 0, count: 2)) {
            let gzip = try GzipFile(path: path)
            let rank = try Self.rank(gzip.read(count: 4), path: path)
            let (sizes, total) = try Self.sizes(gzip.read(count: 4 * rank), path: path)
            guard total <= limits.inflatedBytes else {
                throw DatasetError(
                    .tooLarge, path: path,
                    "it promises \(total) bytes, at most \(limits.inflatedBytes) are held in memory",
                    advice: "unpack it with gunzip: a plain file is read piece by piece")
            }
            try Self.check(sizes, limits, path: path)
            dimensions = sizes
            storage = .memory(try gzip.read(count: total))
            try gzip.expectEnd()
        } else {
            let rank = try Self.rank(file.read(at: 0, count: 4), path: path)
            let (sizes, total) = try Self.sizes(file.read(at: 4, count: 4 * rank), path: path)
            let offset = 4 + 4 * rank
            guard file.size - offset >= total else {
                throw DatasetError(
                    .damaged, path: path,
                    "its header promises \(total) bytes (\(sizes)), it holds \(file.size - offset)",
                    advice: "the file is cut short or damaged: copy or download it again")
            }
            try Self.check(sizes, limits, path: path)
            dimensions = sizes
            storage = .file(file, offset: offset)
        }
    }

    /// The bytes `start..<start + count` of the array.
    func bytes(from start: Int, count: Int) throws(DatasetError) -> [UInt8] {
        switch storage {
        case .memory(let bytes): Array(bytes[start..<start + count])
        case .file(let file, let offset): try file.read(at: offset + start, count: count)
        }
    }

    private static func rank(_ magic: [UInt8], path: String) throws(DatasetError) -> Int {
        guard isIDX(magic) else {
            throw DatasetError(
                .unsupported, path: path,
                "expected an IDX file of unsigned bytes (magic 00 00 08 01 to 04), found \(magic)")
        }
        return Int(magic[3])
    }

    /// Refuses more items than a source may have: each costs memory beside its bytes.
    private static func check(
        _ sizes: [Int], _ limits: SourceLimits, path: String
    ) throws(DatasetError) {
        guard let count = sizes.first, count > limits.fileCount else { return }
        throw DatasetError(
            .tooLarge, path: path,
            "expected at most \(limits.fileCount) items, its header promises \(count)")
    }

    private static func sizes(
        _ bytes: [UInt8], path: String
    ) throws(DatasetError) -> (sizes: [Int], total: Int) {
        let sizes = stride(from: 0, to: bytes.count, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        var total = 1
        for size in sizes {
            let (product, overflow) = total.multipliedReportingOverflow(by: size)
            // Half the address space leaves room for offsets without overflow.
            guard !overflow, product < Int.max / 2 else {
                throw DatasetError(
                    .damaged, path: path,
                    "its header promises an array of \(sizes), too large to be")
            }
            total = product
        }
        return (sizes, total)
    }
}
