import CZlib

/// Bytes out of a gzip file, in order.
final class GzipFile {
    private let path: String
    private let file: gzFile

    /// Opens a gzip file.
    init(path: String) throws(DatasetError) {
        self.path = path
        _ = try InputFile(path: path)
        guard let file = gzopen(path, "rb") else {
            throw DatasetError(.unreadable, path: path, "zlib cannot open it")
        }
        self.file = file
    }

    deinit { gzclose_r(file) }

    /// Whether a file begins as gzip does.
    static func isGzip(_ start: [UInt8]) -> Bool { start.starts(with: [0x1F, 0x8B]) }

    /// The next `count` bytes. Memory grows with the bytes that come, not with what was promised.
    func read(count: Int) throws(DatasetError) -> [UInt8] {
        var bytes: [UInt8] = []
        let step = 4 << 20
        while bytes.count < count {
            let wanted = min(step, count - bytes.count)
            var got: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                got = gzread(file, buffer.baseAddress!, UInt32(wanted))
                filled = Int(max(0, got))
            }
            if bytes.isEmpty { bytes = piece } else { bytes += piece }
            if piece.count < wanted { try fail(expected: count, found: bytes.count) }
        }
        return bytes
    }

    /// Takes the end: nothing may follow what was read, and the checksum behind it, which zlib looks
    /// at only here, must hold.
    func expectEnd() throws(DatasetError) {
        var byte: UInt8 = 0
        let got = gzread(file, &byte, 1)
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        // A trailer that is cut short counts as an end, with this code left behind.
        guard got == 0, code == Z_OK || code == Z_STREAM_END else {
            throw DatasetError(
                .damaged, path: path,
                got > 0
                    ? "it unpacks to more bytes than its header promises"
                    : "it does not unpack as it was packed (\(message))",
                advice: "the file is damaged: copy or download it again")
        }
    }

    private func fail(expected: Int, found: Int) throws(DatasetError) {
        var code: Int32 = 0
        let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
        let detail = code == Z_OK || message.isEmpty ? "" : " (\(message))"
        throw DatasetError(
            .damaged, path: path,
            "expected \(expected) unpacked bytes, found \(found)\(detail)",
            advice: "the file is cut short or damaged: copy or download it again")
    }
}
