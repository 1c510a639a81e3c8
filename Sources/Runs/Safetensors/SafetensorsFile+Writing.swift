public import Files
import Imaging
public import TensorCore

extension SafetensorsFile {
    /// The metadata key of a sealed file's digest.
    public static let digestKey = "atelier.digest"
    private static let blankDigest = String(repeating: "0", count: 64)
    /// The tensors' bytes begin at a multiple of this, as does nearly every tensor of whole
    /// vectors.
    private static let alignment = 64

    /// Writes tensors and strings to a file: under a temporary name, flushed, then renamed to
    /// `path`.
    ///
    /// The same tensors and metadata give the same bytes: tensors lie in order of falling element
    /// size, then name (as Python's writer has it), and metadata in order of its keys.
    public static func write(
        _ tensors: [StoredTensor], metadata: [String: String] = [:], to path: String
    ) throws(FileError) {
        let ordered = order(tensors)
        try write(ordered, header: header(ordered, metadata), to: path)
    }

    /// As ``write(_:metadata:to:)``, with a SHA-256 of the whole file (taken with zeros in its own
    /// place) among the metadata, so that a torn or altered file is known. Answers the digest, 64
    /// hexadecimal digits.
    ///
    /// - Parameter halvesFloats: Whether float32 elements are rounded to the nearest of half precision
    ///   (F16): half the size, about three decimal digits. What is beyond 65504 becomes infinite.
    @discardableResult
    public static func writeSealed(
        _ tensors: [StoredTensor], metadata: [String: String], halvesFloats: Bool = false,
        to path: String
    ) throws(FileError) -> String {
        precondition(
            metadata[digestKey] == nil,
            "[writeSealed] the metadata key \(digestKey) is the seal's own")
        let ordered = order(tensors, halvesFloats: halvesFloats)
        var metadata = metadata
        metadata[digestKey] = blankDigest
        var hash = ContentDigest()
        header(ordered, metadata).withUnsafeBytes { hash.update($0) }
        for tensor in ordered { tensor.bytes.withUnsafeBytes { hash.update($0) } }
        let digest = hash.finish()
        metadata[digestKey] = digest
        try write(ordered, header: header(ordered, metadata), to: path)
        return digest
    }

    /// The digest that the file was sealed with; nil where it was not. Not yet checked.
    public var claimedDigest: String? { metadata[Self.digestKey] }

    /// Reads the whole file and checks it against its digest, which is the answer.
    @discardableResult
    public func verifySeal() throws(SafetensorsError) -> String {
        guard let claimed = claimedDigest, claimed.utf8.count == 64 else {
            throw SafetensorsError(path: path, defect: .unsealed)
        }
        let header = UnsafeRawBufferPointer(rebasing: mapping.bytes[..<dataOffset])
        let field = Array("\"\(Self.digestKey)\":\"\(claimed)\"".utf8)
        guard let start = Self.firstIndex(of: field, in: header) else {
            throw SafetensorsError(path: path, defect: .unsealed)
        }
        let place = start + field.count - 65
        var hash = ContentDigest()
        hash.update(UnsafeRawBufferPointer(rebasing: mapping.bytes[..<place]))
        Array(Self.blankDigest.utf8).withUnsafeBytes { hash.update($0) }
        hash.update(UnsafeRawBufferPointer(rebasing: mapping.bytes[(place + 64)...]))
        let found = hash.finish()
        guard found == claimed else {
            throw SafetensorsError(
                path: path, defect: .wrongDigest(expected: claimed, found: found))
        }
        return found
    }

    private static func firstIndex(of field: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= field.count else { return nil }
        return (0...bytes.count - field.count).first { start in
            bytes[start] == field[0]
                && UnsafeRawBufferPointer(rebasing: bytes[start..<start + field.count])
                    .elementsEqual(field)
        }
    }

    /// A tensor as the file has it.
    private struct Part {
        let name: String
        let type: SafetensorsType
        let shape: [Int]
        let bytes: StoredBytes

        init(_ tensor: StoredTensor, halvesFloats: Bool) {
            name = tensor.name
            shape = tensor.shape
            if halvesFloats, tensor.dtype == .float32 {
                type = .float16
                bytes = ElementConversion.halves(of: tensor.bytes)
            } else {
                type = tensor.dtype.fileType
                bytes = tensor.bytes
            }
        }
    }

    private static func order(_ tensors: [StoredTensor], halvesFloats: Bool = false) -> [Part] {
        let ordered = tensors.map { Part($0, halvesFloats: halvesFloats) }.sorted {
            ($1.type.byteCount, $0.name) < ($0.type.byteCount, $1.name)
        }
        for (a, b) in zip(ordered, ordered.dropFirst()) {
            precondition(
                a.name != b.name, "[SafetensorsFile.write] two tensors are named \(a.name)")
        }
        let names = Set(tensors.map(\.name))
        precondition(
            names.count == tensors.count && !names.contains(SafetensorsHeader.metadataKey),
            "[SafetensorsFile.write] names must be unique and not \(SafetensorsHeader.metadataKey)")
        return ordered
    }

    /// The length and the JSON, padded with spaces so that the data is aligned.
    private static func header(_ ordered: [Part], _ metadata: [String: String]) -> [UInt8] {
        var json = "{"
        if !metadata.isEmpty {
            let strings = metadata.sorted { $0.key < $1.key }.map {
                "\(JSONValue.quote($0.key)):\(JSONValue.quote($0.value))"
            }
            json += "\"\(SafetensorsHeader.metadataKey)\":{\(strings.joined(separator: ","))}"
        }
        var offset = 0
        for tensor in ordered {
            if json.utf8.count > 1 { json += "," }
            let end = offset + tensor.bytes.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            json +=
                "\(JSONValue.quote(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\","
            json += "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}"
            offset = end
        }
        json += "}"
        var text = Array(json.utf8)
        let unaligned = (8 + text.count) % alignment
        if unaligned != 0 {
            text += [UInt8](repeating: 0x20, count: alignment - unaligned)
        }
        precondition(
            text.count <= maximumHeaderByteCount,
            "[SafetensorsFile.write] a header of \(text.count) bytes, at most "
                + "\(maximumHeaderByteCount)")
        return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text
    }

    private static func write(
        _ ordered: [Part], header: [UInt8], to path: String
    ) throws(FileError) {
        let file = try AtomicFile(path: path)
        try file.append(header)
        for tensor in ordered {
            // A throwing closure would lose the error's type.
            let result = tensor.bytes.withUnsafeBytes { bytes -> Result<Void, FileError> in
                Result { () throws(FileError) in try file.append(bytes.bytes) }
            }
            try result.get()
        }
        try file.commit()
    }
}

extension DType {
    /// The safetensors format's name of the type.
    public var fileType: SafetensorsType {
        switch self {
        case .float32: .float32
        case .bfloat16: .bfloat16
        case .int32: .int32
        case .uint8: .uint8
        case .bool: .bool
        }
    }
}
