/// The element types of tensors.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// IEEE 754 binary32.
    case float32
    /// The upper 16 bits of a binary32, rounded to nearest even. A storage type: arithmetic on it
    /// is done in binary32 and rounded once an operation.
    case bfloat16
    /// Two's complement 32-bit integers: labels, indices, random bits.
    case int32
    /// 8-bit integers 0...255: pictures. Cast before doing arithmetic on it.
    case uint8
    /// One byte, 0 or 1.
    case bool

    /// The size of one element, in bytes.
    public var byteCount: Int {
        switch self {
        case .float32, .int32: 4
        case .bfloat16: 2
        case .uint8, .bool: 1
        }
    }

    /// Whether elements are floating-point numbers, and so can carry derivatives.
    public var isFloatingPoint: Bool { self == .float32 || self == .bfloat16 }

    /// The type's name, as `float32`.
    public var description: String {
        switch self {
        case .float32: "float32"
        case .bfloat16: "bfloat16"
        case .int32: "int32"
        case .uint8: "uint8"
        case .bool: "bool"
        }
    }
}
