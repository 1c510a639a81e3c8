/// An element type of the safetensors format, by the format's own name.
public enum SafetensorsType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float8e4m3 = "F8_E4M3"
    case float8e5m2 = "F8_E5M2"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// The size of one element, in bytes.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float8e4m3, .float8e5m2, .int8, .uint8, .bool: 1
        }
    }
}

/// Where one tensor of a safetensors file is, and what it is.
public struct SafetensorsEntry: Sendable, Equatable {
    /// The tensor's name.
    public var name: String
    /// The type of its elements in the file.
    public var type: SafetensorsType
    /// The length of each dimension.
    public var shape: [Int]
    /// Its bytes, counted from the end of the header.
    public var range: Range<Int>
}

/// The parsed header of a safetensors file: every entry in the order of its bytes, checked against
/// the size of the data.
struct SafetensorsHeader {
    /// More dimensions than any tensor has; a hostile shape is refused here.
    static let maximumRank = 64
    static let metadataKey = "__metadata__"

    private(set) var entries: [SafetensorsEntry] = []
    private(set) var metadata: [String: String] = [:]

    private typealias Defect = SafetensorsError.Defect

    /// Parses the JSON and checks that the entries tile `dataByteCount` bytes without gap or
    /// overlap.
    init(
        json: UnsafeRawBufferPointer, dataByteCount: Int, path: String
    ) throws(SafetensorsError) {
        func refuse(_ defect: Defect) -> SafetensorsError {
            SafetensorsError(path: path, defect: defect)
        }
        var parsed: [SafetensorsEntry] = []
        var strings: [String: String]?
        var unknown: [String: String] = [:]
        do throws(JSONScanner.Failure) {
            var scanner = JSONScanner(json)
            try scanner.object { (name, scanner) throws(JSONScanner.Failure) in
                guard name != Self.metadataKey else {
                    guard strings == nil else { throw scanner.failure("two \(name) objects") }
                    strings = try Self.stringMap(&scanner)
                    return
                }
                let entry = try Self.entry(name, &scanner)
                guard let type = SafetensorsType(rawValue: entry.type) else {
                    unknown[String(entry.type.prefix(40))] = name
                    return
                }
                parsed.append(
                    SafetensorsEntry(name: name, type: type, shape: entry.shape, range: entry.range)
                )
            }
            try scanner.expectEnd()
        } catch { throw refuse(.malformedHeader(reason: error.reason, byte: error.position + 8)) }
        guard unknown.isEmpty else { throw refuse(.unknownTypes(unknown)) }

        var seen = Set<String>(minimumCapacity: parsed.count)
        for entry in parsed where !seen.insert(entry.name).inserted {
            throw refuse(.duplicateName(entry.name))
        }
        // Empty tensors share their place with a neighbour; by end as well they come before it.
        parsed.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name)
                < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        if let defect = Self.tilingDefect(parsed, dataByteCount) { throw refuse(defect) }
        entries = parsed
        metadata = strings ?? [:]
    }

    private static func tilingDefect(_ entries: [SafetensorsEntry], _ dataByteCount: Int) -> Defect?
    {
        var end = 0
        for entry in entries {
            let range = entry.range
            guard byteCount(of: entry.shape, entry.type) == range.count else {
                return .wrongSize(
                    tensor: entry.name, shape: entry.shape, type: entry.type.rawValue,
                    byteCount: range.count)
            }
            guard range.upperBound <= dataByteCount else {
                return .pastEnd(
                    tensor: entry.name, end: range.upperBound, dataByteCount: dataByteCount)
            }
            guard range.lowerBound >= end else {
                return .overlap(tensor: entry.name, begin: range.lowerBound, expected: end)
            }
            guard range.lowerBound == end else {
                return .gap(before: entry.name, begin: range.lowerBound, expected: end)
            }
            end = range.upperBound
        }
        return end == dataByteCount ? nil : .gap(before: nil, begin: dataByteCount, expected: end)
    }

    /// The bytes that a shape takes; nil when that overflows.
    private static func byteCount(of shape: [Int], _ type: SafetensorsType) -> Int? {
        // Elements may become wider when they are read, and an empty dimension must not hide what
        // the others come to: strides are products too.
        var largest = 8
        for length in shape {
            let (product, overflow) = largest.multipliedReportingOverflow(by: max(length, 1))
            guard !overflow else { return nil }
            largest = product
        }
        return shape.reduce(type.byteCount, *)
    }

    private static func stringMap(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> [String: String] {
        var map: [String: String] = [:]
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            let value = try scanner.string()
            guard map.updateValue(value, forKey: key) == nil else {
                throw scanner.failure("the metadata key \(key) comes twice")
            }
        }
        return map
    }

    private static func entry(
        _ name: String, _ scanner: inout JSONScanner
    ) throws(JSONScanner.Failure) -> (type: String, shape: [Int], range: Range<Int>) {
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.object { (key, scanner) throws(JSONScanner.Failure) in
            switch key {
            case "dtype" where type == nil: type = try scanner.string()
            case "shape" where shape == nil: shape = try counts(&scanner, atMost: maximumRank)
            case "data_offsets" where offsets == nil: offsets = try counts(&scanner, atMost: 2)
            default: throw scanner.failure("tensor \(name): key \(key) is unknown or comes twice")
            }
        }
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw scanner.failure("tensor \(name) needs dtype, shape and two data_offsets")
        }
        guard offsets[0] <= offsets[1] else {
            throw scanner.failure(
                "tensor \(name) ends at \(offsets[1]), before it begins at \(offsets[0])")
        }
        return (type, shape, offsets[0]..<offsets[1])
    }

    private static func counts(
        _ scanner: inout JSONScanner, atMost limit: Int
    ) throws(JSONScanner.Failure) -> [Int] {
        var values: [Int] = []
        try scanner.array { (scanner) throws(JSONScanner.Failure) in
            guard values.count < limit else { throw scanner.failure("more than \(limit) numbers") }
            values.append(try scanner.count())
        }
        return values
    }
}
