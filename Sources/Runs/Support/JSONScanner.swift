/// A strict reader of JSON text (RFC 8259) over bytes that may be hostile: what is not JSON is an
/// error with its position, nothing is allocated ahead of the text that asks for it, and the caller
/// decides what may stand where.
struct JSONScanner {
    /// What is wrong with the text, and at which byte.
    struct Failure: Error, Equatable {
        var reason: String
        var position: Int
    }

    private let bytes: UnsafeRawBufferPointer
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    func failure(_ reason: String) -> Failure { Failure(reason: reason, position: position) }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    /// The next byte that is not white space, without taking it.
    mutating func peek() throws(Failure) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw failure("the text ends too early") }
        return bytes[position]
    }

    /// Takes the character, or fails.
    mutating func expect(_ character: Unicode.Scalar) throws(Failure) {
        guard try peek() == UInt8(ascii: character) else {
            throw failure("expected '\(character)'")
        }
        position += 1
    }

    /// Takes the character if it is next, and says whether it was.
    mutating func take(_ character: Unicode.Scalar) throws(Failure) -> Bool {
        guard try peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Fails unless only white space is left.
    mutating func expectEnd() throws(Failure) {
        skipSpace()
        guard position == bytes.count else { throw failure("text after the end of the value") }
    }

    /// Takes one of the three literal names.
    mutating func literal(_ text: StaticString) throws(Failure) {
        let count = text.utf8CodeUnitCount
        guard bytes.count - position >= count,
            UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
                .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
        else { throw failure("expected a value") }
        position += count
    }

    /// Takes an object, handing each key to the closure with the scanner before the value.
    /// A key that comes twice is the closure's business.
    mutating func object(
        _ member: (String, inout JSONScanner) throws(Failure) -> Void
    ) throws(Failure) {
        try expect("{")
        if try take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(key, &self)
        } while try take(",")
        try expect("}")
    }

    /// Takes an array, calling the closure with the scanner before each element.
    mutating func array(_ element: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try expect("[")
        if try take("]") { return }
        repeat { try element(&self) } while try take(",")
        try expect("]")
    }

    /// Takes a string.
    mutating func string() throws(Failure) -> String {
        try expect("\"")
        let start = position
        while position < bytes.count, bytes[position] != 0x22, bytes[position] != 0x5C {
            guard bytes[position] >= 0x20 else { throw failure("control character in a string") }
            position += 1
        }
        var text = Array(bytes[start..<position])
        while true {
            guard position < bytes.count else { throw failure("unterminated string") }
            let byte = bytes[position]
            guard byte >= 0x20 else { throw failure("control character in a string") }
            position += 1
            if byte == 0x22 { break }
            if byte == 0x5C { try escape(into: &text) } else { text.append(byte) }
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw Failure(reason: "a string that is not UTF-8", position: start)
        }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard position < bytes.count else { throw failure("unterminated string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexQuad()
            if code >= 0xD800, code < 0xDC00 {
                guard bytes.count - position >= 2, bytes[position] == 0x5C,
                    bytes[position + 1] == UInt8(ascii: "u")
                else { throw failure("half of a surrogate pair") }
                position += 2
                let low = try hexQuad()
                guard low >= 0xDC00, low < 0xE000 else { throw failure("half of a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw failure("half of a surrogate pair")
            }
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw failure("unknown escape in a string")
        }
    }

    private mutating func hexQuad() throws(Failure) -> UInt32 {
        guard bytes.count - position >= 4 else { throw failure("unterminated string") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw failure("a \\u escape needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Takes a number, as the text that stands there.
    mutating func numberText() throws(Failure) -> Substring {
        _ = try peek()
        let start = position
        func isDigit(_ index: Int) -> Bool {
            index < bytes.count && bytes[index] >= 0x30 && bytes[index] <= 0x39
        }
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        guard isDigit(position) else { throw failure("expected a number") }
        if bytes[position] == 0x30 {
            position += 1
            guard !isDigit(position) else { throw failure("a number begins with 0") }
        } else {
            while isDigit(position) { position += 1 }
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard isDigit(position) else { throw failure("a number ends with a point") }
            while isDigit(position) { position += 1 }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D {
                position += 1
            }
            guard isDigit(position) else { throw failure("an exponent without digits") }
            while isDigit(position) { position += 1 }
        }
        return Substring(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    /// Takes an integer that is not negative and fits.
    mutating func count() throws(Failure) -> Int {
        let text = try numberText()
        guard let value = Int(text), value >= 0, text.first != "-" else {
            throw failure("expected a whole number from 0 to \(Int.max), found \(text.prefix(40))")
        }
        return value
    }
}
