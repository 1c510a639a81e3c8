public import Files
import Imaging

/// Why a safetensors file was refused.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Defect: Equatable, Sendable {
        /// The system would not open or map the file; its reason.
        case inaccessible(FileError)
        /// The file is shorter than the 8 bytes of the header's length.
        case tooShort(byteCount: Int)
        /// The header claims more bytes than the limit.
        case headerTooLarge(byteCount: UInt64, limit: Int)
        /// The header claims more bytes than the file has left.
        case headerPastEnd(byteCount: UInt64, fileByteCount: Int)
        /// The header is not the JSON that the format asks for.
        case malformedHeader(reason: String, byte: Int)
        /// Element types that the format does not have, each with a tensor of it.
        case unknownTypes([String: String])
        /// Two tensors have one name.
        case duplicateName(String)
        /// A tensor's shape times its element size is not the size of its bytes, or overflows.
        case wrongSize(tensor: String, shape: [Int], type: String, byteCount: Int)
        /// A tensor ends past the end of the file.
        case pastEnd(tensor: String, end: Int, dataByteCount: Int)
        /// A tensor's bytes begin before those of the tensor before it end.
        case overlap(tensor: String, begin: Int, expected: Int)
        /// Bytes between two tensors, or after the last one, belong to none.
        case gap(before: String?, begin: Int, expected: Int)
        /// There is no tensor of the name asked for; some that there are.
        case noSuchTensor(name: String, near: [String])
        /// A tensor's elements cannot become a type that Atelier computes with.
        case unconvertible(tensor: String, reason: String)
        /// The file's contents are not those it was sealed with.
        case wrongDigest(expected: String, found: String)
        /// The file has no digest to check.
        case unsealed
    }

    /// The file.
    public var path: String
    /// What is wrong with it.
    public var defect: Defect

    /// The defect of a file.
    public init(path: String, defect: Defect) {
        self.path = path
        self.defect = defect
    }

    /// One line: the path, what was expected, what was found.
    public var description: String {
        if case .inaccessible(let error) = defect { return error.description }
        return "\(path): \(Self.explain(defect))"
    }

    private static func explain(_ defect: Defect) -> String {
        switch defect {
        case .inaccessible(let error): error.description
        case .tooShort(let count):
            "not a safetensors file: expected at least 8 bytes, found \(count)"
        case .headerTooLarge(let count, let limit):
            "not a safetensors file: its header claims \(count) bytes, at most \(limit) are allowed"
        case .headerPastEnd(let count, let size):
            "torn or not a safetensors file: its header claims \(count) bytes, the file has \(size)"
        case .malformedHeader(let reason, let byte):
            "damaged safetensors header: \(reason) (at byte \(byte))"
        case .unknownTypes(let types):
            "unknown element types: "
                + types.sorted { $0.key < $1.key }.map { "\($0.key) (of \($0.value))" }
                .joined(separator: ", ")
        case .duplicateName(let name): "two tensors are named \(name)"
        case .wrongSize(let tensor, let shape, let type, let count):
            "tensor \(tensor) of \(type) \(shape) cannot take \(count) bytes"
        case .pastEnd(let tensor, let end, let size):
            "torn file: tensor \(tensor) ends at byte \(end) of the data, which has \(size)"
        case .overlap(let tensor, let begin, let expected):
            "tensor \(tensor) begins at byte \(begin) of the data, inside the one before it, "
                + "which ends at \(expected)"
        case .gap(let tensor?, let begin, let expected):
            "tensor \(tensor) begins at byte \(begin) of the data, expected \(expected)"
        case .gap(nil, let end, let expected):
            "the data has \(end) bytes, its tensors take \(expected)"
        case .noSuchTensor(let name, let near):
            "no tensor named \(name)"
                + (near.isEmpty ? "" : "; near it: " + near.joined(separator: ", "))
        case .unconvertible(let tensor, let reason): "tensor \(tensor): \(reason)"
        case .wrongDigest(let expected, let found):
            "damaged or altered: its SHA-256 is \(found.prefix(16))..., "
                + "it was sealed with \(expected.prefix(16))..."
        case .unsealed: "no digest in its metadata: not a checkpoint of Atelier"
        }
    }
}
