import Files
import Imaging

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Codable values as the JSON files and strings of a run.
enum JSONCoding {
    /// The value as JSON, keys in order. Numbers that are not finite become the strings "inf",
    /// "-inf" and "nan"; the others keep every bit.
    static func text(_ value: some Encodable, pretty: Bool = false) throws(EncodingError) -> String
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty
            ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
            : [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch let error as EncodingError {
            throw error
        } catch {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "\(error)"))
        }
    }

    /// The value of a text; `path` names the file in the error.
    static func value<Value: Decodable>(
        _ type: Value.Type, from text: [UInt8], path: String
    ) throws(RunError) -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(type, from: Data(text))
        } catch let error as DecodingError {
            throw .damaged(path: path, reason: explain(error))
        } catch {
            throw .damaged(path: path, reason: "not JSON: \(error)")
        }
    }

    /// Writes a value as a JSON file, atomically.
    static func write(_ value: some Encodable, to path: String) throws(RunError) {
        let text: String
        do throws(EncodingError) { text = try Self.text(value, pretty: true) + "\n" } catch {
            preconditionFailure("[JSONCoding] \(Swift.type(of: value)) cannot be encoded: \(error)")
        }
        try wrapping { () throws(FileError) in try AtomicFile.write(text, to: path) }
    }

    /// Reads a JSON file.
    static func read<Value: Decodable>(_ type: Value.Type, from path: String) throws(RunError)
        -> Value
    {
        let bytes = try wrapping { () throws(FileError) in
            try FilePaths.read(path, limit: 16 << 20)
        }
        return try value(type, from: bytes, path: path)
    }

    /// What is wrong in one line, and where.
    private static func explain(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.isEmpty
                ? "" : " at " + context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "the key \(key.stringValue) is missing\(place(context))"
        case .typeMismatch(let type, let context): return "expected \(type)\(place(context))"
        case .valueNotFound(let type, let context): return "expected \(type)\(place(context))"
        case .dataCorrupted(let context):
            let reason = context.debugDescription.split(separator: "\n").first ?? "not JSON"
            return "\(reason)\(place(context))"
        @unknown default: return "not as expected"
        }
    }
}
