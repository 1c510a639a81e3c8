/// The directory of a ZIP archive whose entries are stored as they are, as torch.save writes it
/// (PKWARE's APPNOTE, https://support.pkware.com/pkzip/appnote, with the 64-bit extensions).
struct StoredZip {
    /// Why an archive was refused.
    struct Problem: Error { var reason: String }

    /// More entries than any model has.
    private static let mostEntries = 1_000_000

    /// Where the bytes of each entry lie in the file.
    private(set) var ranges: [String: Range<Int>] = [:]

    /// Reads the directory; every offset is checked against the file's length.
    init(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
        let end = try Self.endRecord(bytes)
        guard end.count <= Self.mostEntries else {
            throw Problem(reason: "it claims \(end.count) entries")
        }
        var place = end.start
        for index in 0..<end.count {
            guard try Self.word32(bytes, place) == 0x0201_4b50 else {
                throw Problem(reason: "entry \(index) of the directory does not begin as one")
            }
            let method = try Self.word16(bytes, place + 10)
            var size = Int(try Self.word32(bytes, place + 24))
            let packed = Int(try Self.word32(bytes, place + 20))
            let nameLength = Int(try Self.word16(bytes, place + 28))
            let extraLength = Int(try Self.word16(bytes, place + 30))
            let noteLength = Int(try Self.word16(bytes, place + 32))
            var offset = Int(try Self.word32(bytes, place + 42))
            let name = try Self.text(bytes, place + 46, nameLength)
            let extra = place + 46 + nameLength
            try Self.widen(
                bytes, extra..<extra + extraLength, size: &size, packed: packed, offset: &offset)
            guard method == 0 else {
                throw Problem(
                    reason: "\(name.prefix(80)) is compressed, which torch.save never does")
            }
            guard try Self.word32(bytes, offset) == 0x0403_4b50 else {
                throw Problem(reason: "\(name.prefix(80)) does not begin where the directory says")
            }
            let start =
                offset + 30 + Int(try Self.word16(bytes, offset + 26))
                + Int(try Self.word16(bytes, offset + 28))
            guard size >= 0, start <= bytes.count, size <= bytes.count - start else {
                throw Problem(reason: "\(name.prefix(80)) ends past the end of the file")
            }
            guard ranges.updateValue(start..<start + size, forKey: name) == nil else {
                throw Problem(reason: "\(name.prefix(80)) is there twice")
            }
            place = extra + extraLength + noteLength
        }
    }

    /// Where the directory begins, and how many entries it has.
    private static func endRecord(
        _ bytes: UnsafeRawBufferPointer
    ) throws(Problem) -> (start: Int, count: Int) {
        guard bytes.count >= 22 else { throw Problem(reason: "it has \(bytes.count) bytes") }
        var place = bytes.count - 22
        let least = max(0, place - 65_535)
        while try word32(bytes, place) != 0x0605_4b50 {
            guard place > least else {
                throw Problem(reason: "it has no end record: the file is torn")
            }
            place -= 1
        }
        let count = Int(try word16(bytes, place + 10))
        let start = Int(try word32(bytes, place + 16))
        guard place >= 20, try word32(bytes, place - 20) == 0x0706_4b50 else {
            return (start, count)
        }
        let wide = try offset64(bytes, place - 12)
        guard try word32(bytes, wide) == 0x0606_4b50 else {
            throw Problem(reason: "its 64-bit end record is not where it should be")
        }
        return (try offset64(bytes, wide + 48), try offset64(bytes, wide + 32))
    }

    /// Takes 64-bit values from an entry's extra fields where the 32-bit ones say so.
    private static func widen(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, size: inout Int, packed: Int,
        offset: inout Int
    ) throws(Problem) {
        let mark = 0xffff_ffff
        guard size == mark || packed == mark || offset == mark else { return }
        var place = range.lowerBound
        while place + 4 <= range.upperBound {
            let (kind, length) = (try word16(bytes, place), Int(try word16(bytes, place + 2)))
            place += 4
            if kind == 1 {
                var field = place
                if size == mark {
                    size = try offset64(bytes, field)
                    field += 8
                }
                if packed == mark { field += 8 }
                if offset == mark { offset = try offset64(bytes, field) }
                return
            }
            place += length
        }
    }

    private static func word16(
        _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) throws(Problem) -> UInt16 {
        guard place >= 0, place <= bytes.count - 2 else { throw torn }
        return UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self))
    }

    private static func word32(
        _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) throws(Problem) -> UInt32 {
        guard place >= 0, place <= bytes.count - 4 else { throw torn }
        return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
    }

    /// A 64-bit number that must lie within the file.
    private static func offset64(
        _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) throws(Problem) -> Int {
        guard place >= 0, place <= bytes.count - 8 else { throw torn }
        let value = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        guard value <= UInt64(bytes.count) else { throw torn }
        return Int(value)
    }

    private static func text(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, _ length: Int
    ) throws(Problem) -> String {
        guard place >= 0, place <= bytes.count - length else { throw torn }
        return String(decoding: bytes[place..<place + length], as: UTF8.self)
    }

    private static let torn = Problem(reason: "a number in it points past the end of the file")
}
