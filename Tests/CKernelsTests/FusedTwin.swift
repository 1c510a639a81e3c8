import CKernels
import Foundation

/// The value of one lane.
enum Lane {
    case float(Float)
    case integer(Int32)

    var float: Float {
        guard case .float(let value) = self else { preconditionFailure("not a float lane") }
        return value
    }

    var integer: Int32 {
        guard case .integer(let value) = self else { preconditionFailure("not an integer lane") }
        return value
    }
}

func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return UInt16(truncatingIfNeeded: value.bitPattern >> 16) | 0x40 }
    let kept = value.bitPattern >> 16
    let rest = value.bitPattern & 0xffff
    let roundsUp = rest > 0x8000 || (rest == 0x8000 && kept & 1 == 1)
    return UInt16(truncatingIfNeeded: roundsUp ? kept + 1 : kept)
}

func saturatedInteger(_ value: Float) -> Int32 {
    if value.isNaN { return 0 }
    if value >= 2_147_483_648 { return .max }
    if value <= -2_147_483_648 { return .min }
    return Int32(value)
}

/// One float operation. Elementary functions are computed in double and rounded once.
func twin(_ opcode: atl_opcode, _ x: Float, imm0: Float, imm1: Float) -> Float? {
    let wide = Double(x)
    switch opcode {
    case ATL_NEG_F: return -x
    case ATL_ABS_F: return abs(x)
    case ATL_SIGN_F: return x > 0 ? 1 : (x < 0 ? -1 : x)
    case ATL_SQUARE_F: return x * x
    case ATL_RECIPROCAL_F: return 1 / x
    case ATL_EXP_F: return Float(exp(wide))
    case ATL_LOG_F: return Float(log(wide))
    case ATL_SQRT_F: return x.squareRoot()
    case ATL_RSQRT_F: return Float(1 / wide.squareRoot())
    case ATL_TANH_F: return Float(tanh(wide))
    case ATL_SIGMOID_F: return Float(1 / (1 + exp(-wide)))
    case ATL_SOFTPLUS_F: return wide > 40 ? x : Float(log1p(exp(wide)))
    case ATL_ERF_F: return Float(erf(wide))
    case ATL_SIN_F: return Float(sin(wide))
    case ATL_COS_F: return Float(cos(wide))
    case ATL_RELU_F: return x < 0 ? 0 : x
    case ATL_LEAKY_RELU_F: return x > 0 ? x : x * imm0
    case ATL_CLAMP_F: return x.isNaN ? x : (x < imm0 ? imm0 : (x > imm1 ? imm1 : x))
    case ATL_FLOOR_F: return x.rounded(.down)
    case ATL_ROUND_BF16_F: return Float(bitPattern: UInt32(bfloat16Bits(x)) << 16)
    default: return nil
    }
}

/// One (float, float) operation.
func twin(_ opcode: atl_opcode, _ x: Float, _ y: Float) -> Lane? {
    func flag(_ condition: Bool) -> Lane { .integer(condition ? 1 : 0) }
    switch opcode {
    case ATL_ADD_F: return .float(x + y)
    case ATL_SUB_F: return .float(x - y)
    case ATL_MUL_F: return .float(x * y)
    case ATL_DIV_F: return .float(x / y)
    case ATL_POW_F: return .float(Float(pow(Double(x), Double(y))))
    case ATL_MAX_F: return .float(x.isNaN || y.isNaN ? .nan : (x > y ? x : y))
    case ATL_MIN_F: return .float(x.isNaN || y.isNaN ? .nan : (x < y ? x : y))
    case ATL_EQ_F: return flag(x == y)
    case ATL_NE_F: return flag(x != y)
    case ATL_LT_F: return flag(x < y)
    case ATL_LE_F: return flag(x <= y)
    case ATL_GT_F: return flag(x > y)
    case ATL_GE_F: return flag(x >= y)
    default: return nil
    }
}

/// One (int32) or (int32, int32) operation.
func twin(_ opcode: atl_opcode, _ x: Int32, _ y: Int32, imm0: Float, imm1: Float) -> Int32? {
    func flag(_ condition: Bool) -> Int32 { condition ? 1 : 0 }
    switch opcode {
    case ATL_NEG_I: return 0 &- x
    case ATL_ABS_I: return x < 0 ? 0 &- x : x
    case ATL_SIGN_I: return x.signum()
    case ATL_SQUARE_I: return x &* x
    case ATL_NOT_I: return flag(x == 0)
    case ATL_NONZERO_I: return flag(x != 0)
    case ATL_SATURATE_U8_I: return min(max(x, 0), 255)
    case ATL_ADD_I: return x &+ y
    case ATL_SUB_I: return x &- y
    case ATL_MUL_I: return x &* y
    case ATL_DIV_I: return y == 0 ? 0 : x.dividedReportingOverflow(by: y).partialValue
    case ATL_MAX_I: return max(x, y)
    case ATL_MIN_I: return min(x, y)
    case ATL_AND_I: return x & y
    case ATL_OR_I: return x | y
    case ATL_EQ_I: return flag(x == y)
    case ATL_NE_I: return flag(x != y)
    case ATL_LT_I: return flag(x < y)
    case ATL_LE_I: return flag(x <= y)
    case ATL_GT_I: return flag(x > y)
    case ATL_GE_I: return flag(x >= y)
    default: return nil
    }
}

extension FusedProgram {
    private func load(_ input: Input, _ index: [Int]) -> Lane {
        var offset = 0
        for axis in index.indices { offset += index[axis] * input.strides[axis] }
        return input.bytes.withUnsafeBytes { bytes in
            switch input.type {
            case ATL_F32: .float(bytes.load(fromByteOffset: offset * 4, as: Float.self))
            case ATL_I32: .integer(bytes.load(fromByteOffset: offset * 4, as: Int32.self))
            case ATL_BF16:
                .float(
                    Float(
                        bitPattern: UInt32(
                            bytes.load(fromByteOffset: offset * 2, as: UInt16.self)) << 16))
            case ATL_U8: .integer(Int32(bytes[offset]))
            default: .integer(bytes[offset] != 0 ? 1 : 0)
            }
        }
    }

    private func lane(_ instruction: atl_instruction, _ registers: [Lane], _ index: [Int]) -> Lane {
        let opcode = atl_opcode(rawValue: UInt32(instruction.opcode))
        func operand(_ register: Int32) -> Lane {
            register >= 0 ? registers[Int(register)] : .integer(0)
        }
        let a = operand(instruction.a)
        let b = operand(instruction.b)
        let c = operand(instruction.c)
        let imm0 = instruction.imm0
        let imm1 = instruction.imm1
        switch opcode {
        case ATL_CONST_F: return .float(imm0)
        case ATL_CONST_I: return .integer(instruction.integer)
        case ATL_IOTA_I: return .integer(Int32(index[Int(instruction.integer)]))
        case ATL_SELECT: return a.integer != 0 ? b : c
        case ATL_I_TO_F: return .float(Float(a.integer))
        case ATL_F_TO_I: return .integer(saturatedInteger(a.float))
        case ATL_IS_FINITE_F: return .integer(a.float.isFinite ? 1 : 0)
        case ATL_NONZERO_F: return .integer(a.float != 0 ? 1 : 0)
        default: break
        }
        if case .float(let x) = a {
            if let y = twin(opcode, x, imm0: imm0, imm1: imm1) { return .float(y) }
            if let result = twin(opcode, x, b.float) { return result }
        } else if let y = twin(
            opcode, a.integer, b.integer, imm0: imm0, imm1: imm1)
        {
            return .integer(y)
        }
        preconditionFailure("the twin lacks opcode \(opcode)")
    }

    private static func store(_ lane: Lane, _ type: Int32, into bytes: inout [UInt8]) {
        switch atl_dtype(rawValue: UInt32(type)) {
        case ATL_F32: withUnsafeBytes(of: lane.float) { bytes.append(contentsOf: $0) }
        case ATL_I32: withUnsafeBytes(of: lane.integer) { bytes.append(contentsOf: $0) }
        case ATL_BF16:
            withUnsafeBytes(of: bfloat16Bits(lane.float)) { bytes.append(contentsOf: $0) }
        case ATL_U8: bytes.append(UInt8(min(max(lane.integer, 0), 255)))
        default: bytes.append(lane.integer != 0 ? 1 : 0)
        }
    }

    /// What the naive interpreter makes of the program: the stored outputs, and for each reduction
    /// the value and the sum of magnitudes in double.
    struct Expectation {
        var outputs: [[UInt8]]
        var reductions: [(values: [Double], magnitudes: [Double])]
    }

    func interpret() -> Expectation {
        var outputBytes = [[UInt8]](repeating: [], count: outputs.count)
        let resultCount = outerCount * innerCount
        var reduced = reductions.map { reduction in
            let kind = atl_reduction(rawValue: UInt32(reduction.kind))
            let start =
                kind == ATL_REDUCE_SUM ? 0 : (kind == ATL_REDUCE_MAX ? -Double.infinity : .infinity)
            return (
                values: [Double](repeating: start, count: resultCount),
                magnitudes: [Double](repeating: 0, count: resultCount)
            )
        }
        var index = [Int](repeating: 0, count: sizes.count)
        var registers: [Lane] = []
        let groupSize = reducedCount * innerCount
        let inner = innerCount
        for position in 0..<elementCount {
            var rest = position
            for axis in sizes.indices.reversed() {
                index[axis] = rest % sizes[axis]
                rest /= sizes[axis]
            }
            registers.removeAll(keepingCapacity: true)
            for input in inputs { registers.append(load(input, index)) }
            for instruction in instructions {
                registers.append(lane(instruction, registers, index))
            }
            for (number, output) in outputs.enumerated() {
                Self.store(registers[Int(output.reg)], output.dtype, into: &outputBytes[number])
            }
            let slot = position / groupSize * inner + position % inner
            for (number, reduction) in reductions.enumerated() {
                let x = Double(registers[Int(reduction.reg)].float)
                let value = reduced[number].values[slot]
                switch atl_reduction(rawValue: UInt32(reduction.kind)) {
                case ATL_REDUCE_SUM: reduced[number].values[slot] = value + x
                case ATL_REDUCE_MAX:
                    reduced[number].values[slot] =
                        x.isNaN || value.isNaN ? .nan : max(x, value)
                default:
                    reduced[number].values[slot] =
                        x.isNaN || value.isNaN ? .nan : min(x, value)
                }
                reduced[number].magnitudes[slot] += abs(x)
            }
        }
        return Expectation(outputs: outputBytes, reductions: reduced)
    }
}
