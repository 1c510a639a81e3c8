public import Foundation

/// The arrays of a small safetensors file of 32-bit floats and integers, for goldens.
public struct Fixture: Sendable {
    /// An array: shape and row-major elements.
    public struct Array: Sendable {
        /// The extent of each axis.
        public var shape: [Int]
        /// The elements, row-major.
        public var values: [Double]
        /// Whether the file holds integers.
        public var isInteger: Bool

        /// The elements as floats.
        public var floats: [Float] { values.map { Float($0) } }
        /// The elements as integers.
        public var integers: [Int32] { values.map { Int32($0) } }
    }

    /// What is wrong with a file.
    public struct Malformed: Error, CustomStringConvertible {
        /// The file and the rule it breaks.
        public var description: String
    }

    /// The arrays by name.
    public private(set) var arrays: [String: Array] = [:]

    /// Reads a file.
    ///
    /// - Throws: `Malformed`, or the error of reading.
    public init(contentsOf url: URL) throws {
        struct Entry: Decodable {
            var dtype: String
            var shape: [Int]
            var offsets: [Int]

            enum CodingKeys: String, CodingKey {
                case dtype, shape
                case offsets = "data_offsets"
            }
        }
        let data = try Data(contentsOf: url)
        func check(_ condition: Bool, _ rule: String) throws {
            if !condition { throw Malformed(description: "\(url.path): \(rule)") }
        }
        try check(data.count >= 8, "shorter than the length of its header")
        let length = data.prefix(8).enumerated().reduce(UInt64(0)) {
            $0 | UInt64($1.element) << (8 * UInt64($1.offset))
        }
        try check(length <= UInt64(data.count - 8), "header of \(length) bytes in \(data.count)")
        let header = data.subdata(in: 8..<8 + Int(length))
        let object = try JSONSerialization.jsonObject(with: header) as? [String: Any]
        let body = data.subdata(in: 8 + Int(length)..<data.count)
        for (name, value) in object ?? [:] where name != "__metadata__" {
            let entry = try JSONDecoder().decode(
                Entry.self, from: JSONSerialization.data(withJSONObject: value))
            let offsets = entry.offsets
            try check(entry.dtype == "F32" || entry.dtype == "I32", "\(name) is \(entry.dtype)")
            try check(
                offsets.count == 2 && offsets[0] >= 0 && offsets[1] <= body.count
                    && offsets[1] - offsets[0] == 4 * entry.shape.reduce(1, *),
                "\(name): offsets \(offsets) do not fit shape \(entry.shape)")
            let values = body.subdata(in: offsets[0]..<offsets[1]).withUnsafeBytes { raw in
                (0..<raw.count / 4).map { i -> Double in
                    entry.dtype == "F32"
                        ? Double(raw.loadUnaligned(fromByteOffset: i * 4, as: Float.self))
                        : Double(raw.loadUnaligned(fromByteOffset: i * 4, as: Int32.self))
                }
            }
            arrays[name] = Array(
                shape: entry.shape, values: values, isInteger: entry.dtype == "I32")
        }
    }

    /// The array of that name.
    ///
    /// - Throws: `Malformed` if there is none.
    public func array(_ name: String) throws -> Array {
        guard let array = arrays[name] else { throw Malformed(description: "no array \(name)") }
        return array
    }

    /// The folder of the committed goldens.
    public static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("OneDNNBackendTests/Fixtures")
    }
}
