/// The cyclic redundancy check of TFRecord files: CRC-32C (Castagnoli; RFC 3720, appendix B.4), and
/// the mask that such files put on it.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        var value = UInt32(byte)
        for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82F6_3B78 }
        return value
    }

    /// The checksum of bytes.
    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        table.withUnsafeBufferPointer { table in
            for byte in bytes {
                value = value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
            }
        }
        return ~value
    }

    /// The checksum as TFRecord files hold it.
    static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}

/// The framing of TFRecord files: length, its checksum, the bytes, their checksum; little-endian.
package enum TFRecord {
    /// A record as it stands in the file.
    package static func frame(_ bytes: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(bytes.count))
        return length + littleEndian(CRC32C.masked(length)) + bytes
            + littleEndian(CRC32C.masked(bytes))
    }

    /// The records of a file up to the first that is cut short or damaged.
    package static func records(in bytes: [UInt8]) -> [[UInt8]] {
        var records: [[UInt8]] = []
        var rest = bytes[...]
        while rest.count >= 16 {
            let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard length <= UInt64(rest.count - 16) else { break }
            let record = Array(rest.dropFirst(12).prefix(Int(length)))
            guard Array(rest.prefix(16 + Int(length))) == frame(record) else { break }
            records.append(record)
            rest = rest.dropFirst(16 + Int(length))
        }
        return records
    }

    /// The checksum alone, for tests against the published vectors.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 { CRC32C.checksum(bytes) }

    private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
