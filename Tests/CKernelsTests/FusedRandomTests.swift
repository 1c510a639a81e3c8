import CKernels
import Testing

/// Random programs of exactly rounded operations, held to the naive interpreter.
@Suite struct FusedRandomTests {
    static let unary = [
        ATL_NEG_F, ATL_ABS_F, ATL_SIGN_F, ATL_SQUARE_F, ATL_SQRT_F, ATL_RELU_F, ATL_LEAKY_RELU_F,
        ATL_CLAMP_F, ATL_FLOOR_F, ATL_ROUND_BF16_F,
    ]
    static let binary = [ATL_ADD_F, ATL_SUB_F, ATL_MUL_F, ATL_DIV_F, ATL_MAX_F, ATL_MIN_F]
    static let comparisons = [ATL_EQ_F, ATL_NE_F, ATL_LT_F, ATL_LE_F, ATL_GT_F, ATL_GE_F]
    static let integer = [ATL_ADD_I, ATL_SUB_I, ATL_MUL_I, ATL_DIV_I, ATL_MAX_I, ATL_MIN_I]

    func randomProgram(seed: UInt64) -> (program: FusedProgram, aliases: [Int: Int]) {
        var generator = SeededGenerator(seed: seed)
        func pick(_ range: ClosedRange<Int>) -> Int { .random(in: range, using: &generator) }
        var sizes: [Int] = []
        while sizes.count < 6, sizes.isEmpty || pick(0...3) > 0 {
            let size = [1, 2, 3, 5, 8, 17, 64, 130, 1030].randomElement(using: &generator)!
            if sizes.reduce(1, *) * size <= 6_000 { sizes.append(size) } else { break }
        }
        var program = FusedProgram(sizes)
        var floats: [Int32] = []
        var integers: [Int32] = []
        var contiguous: [Int] = []
        for number in 0..<pick(1...4) {
            let isContiguous = pick(0...2) == 0
            let repeated = Set(sizes.indices.filter { _ in !isContiguous && pick(0...1) == 0 })
            var strides = program.strides(repeating: repeated)
            if !isContiguous && pick(0...4) == 0 { strides = strides.map { $0 * 3 } }
            let extent = program.extent(strides)
            let values = randomFloats(extent, seed: seed &* 31 &+ UInt64(number))
            switch pick(0...5) {
            case 0:
                integers.append(
                    program.input(integers: values.map { Int32($0 * 50) }, strides: strides))
            case 1:
                let bytes = values.map { UInt8(($0 + 2) * 60) }
                integers.append(
                    program.input(
                        pick(0...1) == 0 ? ATL_U8 : ATL_BOOL, bytes: bytes, strides: strides))
            case 2:
                let bytes = values.map(bfloat16Bits).withUnsafeBytes { Array($0) }
                floats.append(program.input(ATL_BF16, bytes: bytes, strides: strides))
            default:
                floats.append(program.input(floats: values, strides: strides))
                if strides == program.strides() { contiguous.append(number) }
            }
        }
        floats.append(program.emit(ATL_CONST_F, imm0: 1.25))
        integers.append(program.emit(ATL_IOTA_I, integer: Int32(pick(0...sizes.count - 1))))
        for _ in 0..<pick(1...14) {
            let f = floats.randomElement(using: &generator)!
            let i = integers.randomElement(using: &generator)!
            let g = floats.randomElement(using: &generator)!
            let j = integers.randomElement(using: &generator)!
            switch pick(0...7) {
            case 0...1:
                let opcode = Self.unary.randomElement(using: &generator)!
                floats.append(program.emit(opcode, f, imm0: -0.5, imm1: 1.5))
            case 2...4:
                floats.append(program.emit(Self.binary.randomElement(using: &generator)!, f, g))
            case 5: floats.append(program.emit(ATL_SELECT, i, f, g))
            case 6:
                integers.append(
                    program.emit(Self.comparisons.randomElement(using: &generator)!, f, g))
            default:
                integers.append(program.emit(Self.integer.randomElement(using: &generator)!, i, j))
                floats.append(program.emit(ATL_I_TO_F, integers.last!))
            }
        }
        var aliases: [Int: Int] = [:]
        contiguous.shuffle(using: &generator)
        for number in 0..<pick(0...3) {
            if pick(0...4) == 0 {
                let type = [ATL_I32, ATL_U8, ATL_BOOL].randomElement(using: &generator)!
                program.output(integers.randomElement(using: &generator)!, type)
            } else {
                let isHalf = pick(0...3) == 0
                program.output(
                    floats.randomElement(using: &generator)!, isHalf ? ATL_BF16 : ATL_F32)
                if !isHalf && pick(0...1) == 0 { aliases[number] = contiguous.popLast() }
            }
        }
        let begin = pick(0...sizes.count)
        let end = pick(begin...sizes.count)
        for _ in 0..<(program.outputs.isEmpty ? 1 : pick(0...2)) {
            let kind = [ATL_REDUCE_SUM, ATL_REDUCE_MAX, ATL_REDUCE_MIN]
                .randomElement(using: &generator)!
            program.reduce(floats.randomElement(using: &generator)!, kind, over: begin..<end)
        }
        return (program, aliases)
    }

    @Test func randomPrograms() {
        for seed: UInt64 in 0..<300 {
            let (program, aliases) = randomProgram(seed: seed)
            check(program, aliases: aliases, tolerance: 1e-6, "seed \(seed), \(program.sizes)")
        }
    }
}
