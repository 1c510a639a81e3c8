import TensorCore

/// From the element types of files to those that Atelier computes in.
enum ElementConversion {
    /// Why elements cannot be converted.
    struct Problem: Error { var reason: String }

    /// The elements as a type of the tensor core: without a copy where the type is one already.
    /// `owner` keeps `bytes` alive.
    static func convert(
        _ bytes: UnsafeRawBufferPointer, of type: SafetensorsType, owner: any Sendable
    ) -> Result<(DType, StoredBytes), Problem> {
        switch type {
        case .float32: .success((.float32, StoredBytes(of: owner, at: bytes)))
        case .bfloat16: .success((.bfloat16, StoredBytes(of: owner, at: bytes)))
        case .int32: .success((.int32, StoredBytes(of: owner, at: bytes)))
        case .uint8: .success((.uint8, StoredBytes(of: owner, at: bytes)))
        case .bool:
            bytes.firstIndex { $0 > 1 }.map {
                .failure(Problem(reason: "element \($0) of type BOOL is \(bytes[$0]), not 0 or 1"))
            } ?? .success((.bool, StoredBytes(of: owner, at: bytes)))
        case .float16: .success((.float32, map(bytes, UInt16.self) { float(half: $0) }))
        case .float64:
            .success((.float32, map(bytes, UInt64.self) { Float(Double(bitPattern: $0)) }))
        case .int64: integers(bytes, Int64.self)
        case .int16: integers(bytes, Int16.self)
        case .int8: integers(bytes, Int8.self)
        case .uint64: integers(bytes, UInt64.self)
        case .uint32: integers(bytes, UInt32.self)
        case .uint16: integers(bytes, UInt16.self)
        case .float8e4m3, .float8e5m2:
            .failure(Problem(reason: "elements of type \(type.rawValue) are not supported"))
        }
    }

    private static func map<Element: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _: Element.Type, _ transform: (Element) -> Float
    ) -> StoredBytes {
        let width = MemoryLayout<Element>.size
        let count = bytes.count / width
        return StoredBytes(count: count * 4) { target in
            for i in 0..<count {
                let element = Element(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: i * width, as: Element.self))
                target.storeBytes(of: transform(element), toByteOffset: i * 4, as: Float.self)
            }
        }
    }

    private static func integers<Element: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _: Element.Type
    ) -> Result<(DType, StoredBytes), Problem> {
        let width = MemoryLayout<Element>.size
        let count = bytes.count / width
        do throws(Problem) {
            var values: [Int32] = []
            values.reserveCapacity(count)
            for i in 0..<count {
                let element = Element(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: i * width, as: Element.self))
                guard let value = Int32(exactly: element) else {
                    throw Problem(reason: "element \(i) is \(element), which does not fit int32")
                }
                values.append(value)
            }
            let bytes = StoredBytes(count: count * 4) { target in
                values.withUnsafeBytes { target.copyMemory(from: $0) }
            }
            return .success((.int32, bytes))
        } catch { return .failure(error) }
    }

    /// Float32 elements as IEEE 754 binary16.
    static func halves(of floats: StoredBytes) -> StoredBytes {
        floats.withUnsafeBytes { source in
            StoredBytes(count: source.count / 2) { target in
                for i in 0..<source.count / 4 {
                    let value = source.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
                    target.storeBytes(of: half(value), toByteOffset: 2 * i, as: UInt16.self)
                }
            }
        }
    }

    /// The bits of the binary16 nearest to a number, of two equally near ones the even one.
    static func half(_ value: Float) -> UInt16 {
        let sign = UInt16(value.bitPattern >> 16 & 0x8000)
        let size = value.magnitude
        if size.isNaN { return sign | 0x7E00 }
        // Halfway between the largest number and what would be the next.
        if size >= 65520 { return sign | 0x7C00 }
        // Below the smallest normal number all steps are 2^-24 wide; above, 2^-10 of the power of two.
        let step = size < 0x1p-14 ? 0x1p-24 : size.binade * 0x1p-10
        let steps = UInt32((size / step).rounded(.toNearestOrEven))
        if size < 0x1p-14 { return sign | UInt16(steps) }
        // `steps` is 1024 to 2048, and the implicit leading bit carries into the exponent by itself.
        return sign | UInt16(UInt32(Int(size.exponent) + 14) << 10 + steps)
    }

    /// The value of an IEEE 754 binary16. Written out because `Float16` is not there on every
    /// platform.
    static func float(half bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31:
            return Float(
                bitPattern: UInt32(bits & 0x8000) << 16 | 0x7F80_0000 | UInt32(bits & 0x3FF) << 13)
        default:
            return sign * (1 + fraction * 0x1p-10)
                * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
