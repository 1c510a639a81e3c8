import CPNG

/// A text entry of a PNG: a key of Latin letters and any text.
public struct PNGText: Sendable, Hashable {
    /// 1...79 printable Latin-1 characters without leading, trailing or double spaces: `"Title"`,
    /// `"Software"`, `"atelier:seed"`.
    public var key: String
    /// The text; line feeds are allowed, NUL is not.
    public var value: String

    /// An entry.
    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    /// Texts of more bytes than this are compressed.
    static let compressionThreshold = 1_024
    /// Most bytes of one text when reading, compressed ones included.
    static let maximumSize = 16 << 20

    /// The chunk that stores this entry: tEXt or zTXt for Latin-1, iTXt (UTF-8) for the rest.
    func chunk() -> (name: String, data: [UInt8]) {
        let keyBytes = Self.latin1(key) ?? []
        precondition(
            Self.isKey(keyBytes) && !value.utf8.contains(0),
            "[PNGText] expected a key of 1...79 Latin-1 characters without surplus spaces and a value "
                + "without NUL, got the key \"\(key)\"")
        if let latin = Self.latin1(value) {
            guard latin.count > Self.compressionThreshold else {
                return ("tEXt", keyBytes + [0] + latin)
            }
            return ("zTXt", keyBytes + [0, 0] + Self.compress(latin))
        }
        let text = Array(value.utf8)
        let isLong = text.count > Self.compressionThreshold
        // Flags: compressed or not, method 0; then empty language tag and translated key.
        return (
            "iTXt", keyBytes + [0, isLong ? 1 : 0, 0, 0, 0] + (isLong ? Self.compress(text) : text)
        )
    }

    /// Reads an entry from a text chunk; `nil` if it is damaged or too long.
    init?(chunk name: String, data: [UInt8]) {
        guard let end = data.firstIndex(of: 0), Self.isKey(data[..<end]) else { return nil }
        let key = Self.text(latin1: data[..<end])
        let rest = data[(end + 1)...]
        switch name {
        case "tEXt":
            self.init(key, Self.text(latin1: rest))
        case "zTXt":
            guard rest.first == 0, let text = Self.expand(rest.dropFirst()) else { return nil }
            self.init(key, Self.text(latin1: text[...]))
        case "iTXt":
            guard rest.count >= 2, let flag = rest.first, flag <= 1,
                let language = rest.dropFirst(2).firstIndex(of: 0),
                let translated = rest[(language + 1)...].firstIndex(of: 0)
            else { return nil }
            let body = rest[(translated + 1)...]
            guard let bytes = flag == 1 ? Self.expand(body) : Array(body) else { return nil }
            self.init(key, String(decoding: bytes, as: UTF8.self))
        default:
            return nil
        }
    }

    private static func isKey(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard (1...79).contains(bytes.count), bytes.first != 32, bytes.last != 32 else {
            return false
        }
        var previous: UInt8 = 0
        for byte in bytes {
            guard (32...126).contains(byte) || byte >= 161, byte != 32 || previous != 32 else {
                return false
            }
            previous = byte
        }
        return true
    }

    private static func latin1(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            // C1 controls and NUL are not Latin-1 text.
            guard let byte = UInt8(exactly: scalar.value), !(127..<160).contains(byte) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    private static func text(latin1 bytes: ArraySlice<UInt8>) -> String {
        var text = ""
        text.unicodeScalars.append(contentsOf: bytes.map { Unicode.Scalar($0) })
        return text
    }

    private static func compress(_ bytes: [UInt8]) -> [UInt8] {
        let capacity = cpng_deflate_bound(bytes.count)
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
            filled = cpng_deflate(bytes, bytes.count, buffer.baseAddress, capacity)
        }
    }

    private static func expand(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let packed = Array(bytes)
        // Room grows until it is enough, so that a small text does not cost the largest.
        var capacity = min(max(packed.count * 4, 4_096), maximumSize)
        while true {
            var status: Int32 = -1
            let text = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, filled in
                status = cpng_inflate(packed, packed.count, buffer.baseAddress, capacity, &filled)
            }
            if status == 0 { return text }
            guard capacity < maximumSize else { return nil }
            capacity = min(capacity * 8, maximumSize)
        }
    }
}
