import CZlib
import Datasets
import FoundationEssentials
import Glibc
import Imaging
import Synchronization
import TensorCore

/// A folder of its own for a test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/atelier-datasets-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestError("mkdtemp: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file, with the folders it lies in, and gives its path.
    @discardableResult
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let parts = name.split(separator: "/")
        var folder = path
        for part in parts.dropLast() {
            folder += "/" + part
            mkdir(folder, 0o755)
        }
        let file = path + "/" + name
        guard let handle = fopen(file, "wb") else { throw TestError("fopen \(file): \(errno)") }
        defer { fclose(handle) }
        guard bytes.isEmpty || fwrite(bytes, 1, bytes.count, handle) == bytes.count else {
            throw TestError("fwrite \(file): \(errno)")
        }
        return file
    }

    @discardableResult
    func write(_ text: String, _ name: String) throws -> String {
        try write(Array(text.utf8), name)
    }

    /// Writes a small picture that differs with its number.
    func writePicture(_ number: Int, _ name: String, width: Int = 8, height: Int = 8) throws {
        try write(PNGFile.encode(testPicture(number, width: width, height: height)), name)
    }

    /// Writes a gzip file.
    func writeGzip(_ bytes: [UInt8], _ name: String) throws {
        guard let file = gzopen(path + "/" + name, "wb") else { throw TestError("gzopen") }
        defer { gzclose(file) }
        guard gzwrite(file, bytes, UInt32(bytes.count)) == bytes.count else {
            throw TestError("gzwrite")
        }
    }
}

/// The bytes of a file.
func fileBytes(_ path: String) throws -> [UInt8] {
    guard let handle = fopen(path, "rb") else { throw TestError("fopen \(path): \(errno)") }
    defer { fclose(handle) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, handle)
    return Array(bytes[..<count])
}

struct TestError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// A picture of pseudo-random pixels that depend on a number.
func testPicture(
    _ number: Int, width: Int = 8, height: Int = 8, format: PixelFormat = .rgb
) -> PixelBuffer {
    let key = RandomKey(seed: UInt64(number))
    let count = width * height * format.channelCount
    return PixelBuffer(
        width: width, height: height, format: format,
        bytes: (0..<count).map { UInt8(truncatingIfNeeded: key.word(UInt64($0))) })
}

/// Pictures made when asked for; some of them broken.
struct GeneratedSource: PictureSource {
    var count: Int
    var broken: Set<Int> = []
    var formats: [PixelFormat] = [.rgb]
    var width = 8
    var height = 8
    var labelled = true

    var path: String { "generated" }
    var kind: PictureSourceKind { .folder }
    var classNames: [String] { labelled ? ["a", "b", "c"] : [] }
    var refused: [RefusedPicture] { [] }
    var notes: [String] { [] }
    func name(of item: Int) -> String { "picture \(item)" }
    func label(of item: Int) -> Int? { labelled ? item % 3 : nil }
    func header(of item: Int) -> PictureHeader {
        PictureHeader(
            width: width, height: height, format: formats[item % formats.count], bitDepth: 8,
            fileFormat: "PNG")
    }
    func picture(at item: Int) throws(DatasetError) -> PixelBuffer {
        if broken.contains(item) {
            throw DatasetError(.damaged, path: name(of: item), "broken on purpose")
        }
        return testPicture(item, width: width, height: height, format: header(of: item).format)
    }
}

/// Big-endian bytes.
func bigEndian(_ values: UInt32...) -> [UInt8] {
    values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}

/// Little-endian bytes.
func littleEndian(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// An entry of a ZIP archive that may lie about itself.
struct ZipEntry {
    var name: String
    var bytes: [UInt8]
    var deflated = false
    var encrypted = false
    /// The unpacked size to claim instead of the real one.
    var claimedSize: Int?
}

/// A ZIP archive (PKWARE's APPNOTE 6.3.3), made here so that it can be made wrong.
func zipArchive(_ entries: [ZipEntry]) throws -> [UInt8] {
    var archive: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
        let packed = entry.deflated ? try deflated(entry.bytes) : entry.bytes
        let name = Array(entry.name.utf8)
        let crc = UInt32(crc32(0, entry.bytes, UInt32(entry.bytes.count)))
        let size = UInt32(entry.claimedSize ?? entry.bytes.count)
        let facts =
            littleEndian(20, 2) + littleEndian(entry.encrypted ? 1 : 0, 2)
            + littleEndian(entry.deflated ? 8 : 0, 2) + littleEndian(0, 4) + littleEndian(crc, 4)
            + littleEndian(UInt32(packed.count), 4) + littleEndian(size, 4)
            + littleEndian(UInt32(name.count), 2) + littleEndian(0, 2)
        directory +=
            [0x50, 0x4B, 1, 2] + littleEndian(20, 2) + facts + littleEndian(0, 2)
            + littleEndian(0, 2) + littleEndian(0, 2) + littleEndian(0, 4)
            + littleEndian(UInt32(archive.count), 4) + name
        archive += [0x50, 0x4B, 3, 4] + facts + name + packed
    }
    let end =
        [0x50, 0x4B, 5, 6] + littleEndian(0, 4) + littleEndian(UInt32(entries.count), 2)
        + littleEndian(UInt32(entries.count), 2) + littleEndian(UInt32(directory.count), 4)
        + littleEndian(UInt32(archive.count), 4) + littleEndian(0, 2)
    return archive + directory + end
}

private func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    guard
        deflateInit2_(
            &stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw TestError("deflateInit2") }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 64)
    let produced = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { target in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(source.count)
            stream.next_out = target.baseAddress
            stream.avail_out = UInt32(target.count)
            return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : -1
        }
    }
    guard produced >= 0 else { throw TestError("deflate") }
    return Array(output[0..<produced])
}

/// Where the real data lies: `$ATELIER_DATA`, or beside the package; nil where it is missing.
let realData: String? = {
    if let path = getenv("ATELIER_DATA").map({ String(cString: $0) }) {
        return access(path + "/README.md", R_OK) == 0 ? path : nil
    }
    var parts = #filePath.split(separator: "/").dropLast(3)
    parts = parts.dropLast() + ["shared", "data"]
    let beside = "/" + parts.joined(separator: "/")
    return access(beside + "/README.md", R_OK) == 0 ? beside : nil
}()

/// The error that a body throws.
func datasetError(_ body: () throws(DatasetError) -> Void) -> DatasetError? {
    do throws(DatasetError) {
        try body()
        return nil
    } catch {
        return error
    }
}

/// Values collected from several threads.
final class Collected<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    var all: [Value] { values.withLock { $0 } }
    func append(_ value: Value) { values.withLock { $0.append(value) } }
}
