import Files
import Glibc

/// The bytes of a picture, in memory or in a file that is read in small pieces.
final class ByteSource {
    /// The file, or the name of the bytes.
    let path: String
    /// Bytes in all.
    let count: Int
    private let memory: [UInt8]
    private let descriptor: Int32

    /// Bytes in memory.
    init(_ bytes: [UInt8], path: String) {
        self.path = path
        count = bytes.count
        memory = bytes
        descriptor = -1
    }

    /// A file, kept open.
    init(path: String) throws(FileError) {
        self.path = path
        (descriptor, count) = try BoundedFile.open(path)
        memory = []
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Up to `wanted` bytes from `offset`; fewer where the data end.
    func bytes(at offset: Int, count wanted: Int) throws(ImageError) -> [UInt8] {
        guard offset >= 0, wanted > 0, offset < count else { return [] }
        let size = min(wanted, count - offset)
        if descriptor < 0 && size == count { return memory }
        if descriptor < 0 { return Array(memory[offset..<offset + size]) }
        do throws(FileError) {
            return try BoundedFile.read(descriptor, path: path, at: offset, count: size)
        } catch {
            throw ImageError(path: path, reason: .file(error))
        }
    }
}

extension [UInt8] {
    /// The big-endian number of `size` bytes at `index`; the caller has checked the range.
    func bigEndian(at index: Int, size: Int) -> Int {
        self[index..<index + size].reduce(0) { $0 << 8 | Int($1) }
    }

    /// The little-endian number of `size` bytes at `index`; the caller has checked the range.
    func littleEndian(at index: Int, size: Int) -> Int {
        self[index..<index + size].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Whether these ASCII characters are at `index`.
    func holds(_ text: StaticString, at index: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(self[index..<index + length]) }
    }
}
