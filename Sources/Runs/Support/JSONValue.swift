/// A value of JSON.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// How deep arrays and objects may lie in each other.
    static let maximumDepth = 64

    /// Parses JSON text; a key that comes twice in an object is an error.
    init(parsing bytes: UnsafeRawBufferPointer) throws(JSONScanner.Failure) {
        var scanner = JSONScanner(bytes)
        self = try Self.parse(&scanner, depth: 0)
        try scanner.expectEnd()
    }

    private static func parse(
        _ scanner: inout JSONScanner, depth: Int
    ) throws(JSONScanner.Failure) -> JSONValue {
        guard depth < maximumDepth else { throw scanner.failure("values nested too deeply") }
        switch try scanner.peek() {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
                let value = try parse(&scanner, depth: depth + 1)
                guard members.updateValue(value, forKey: key) == nil else {
                    throw scanner.failure("the key \(key) comes twice")
                }
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try scanner.array { (scanner) throws(JSONScanner.Failure) in
                elements.append(try parse(&scanner, depth: depth + 1))
            }
            return .array(elements)
        case UInt8(ascii: "\""): return .string(try scanner.string())
        case UInt8(ascii: "t"):
            try scanner.literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try scanner.literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try scanner.literal("null")
            return .null
        default:
            let text = try scanner.numberText()
            if let integer = Int(text) { return .integer(integer) }
            guard let number = Double(text), number.isFinite else {
                throw scanner.failure("a number out of range")
            }
            return .number(number)
        }
    }

    /// The text of the value, object keys in order. Numbers keep every bit; they must be finite.
    public var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): Self.format(value)
        case .string(let value): Self.quote(value)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }
                .map { "\(Self.quote($0.key)):\($0.value.text)" }.joined(separator: ",") + "}"
        }
    }

    private static func format(_ value: Double) -> String {
        precondition(value.isFinite, "[JSONValue] JSON has no number for \(value)")
        return "\(value)"
    }

    /// The number, integers included; nil for anything else.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The text as a JSON string, with its quotes.
    static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
