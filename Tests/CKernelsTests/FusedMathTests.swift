import CKernels
import Foundation
import Testing

/// Not in the public header: caps the instruction set of programs that this thread creates.
@_silgen_name("atl_kernels_limit") func limitKernels(_ level: Int32)
/// Not in the public header: the loops of programs that this thread creates.
@_silgen_name("atl_kernels_select") func selectedKernels() -> OpaquePointer

/// Floats apart, counting every representable value between; NaN equals only NaN.
func distance(_ x: Float, _ y: Float) -> Int {
    if x.isNaN || y.isNaN { return x.isNaN && y.isNaN ? 0 : .max }
    func ordered(_ x: Float) -> Int {
        let bits = Int(x.bitPattern & 0x7fff_ffff)
        return x.sign == .minus ? -bits : bits
    }
    return abs(ordered(x) - ordered(y))
}

let specialFloats: [Float] = [
    0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, 1.5, 255, 256, 1e-3, -1e-3, 0.625, 0.93, 88.72, 88.73,
    -87.4,
    -103.9, -104, 104, 1e4, -1e4, 9999.9, 1e6, 3e9, -3e9, 2_147_483_648, -2_147_483_648,
    2_147_483_520,
    .pi, -.pi, .pi / 2, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    -.leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity,
    -.infinity, .nan,
]

let specialIntegers: [Int32] = [
    0, 1, -1, 2, -2, 3, 7, -7, 100, 254, 255, 256, -255, 65535, 65536, .max, .min, .max - 1,
    .min + 1,
]

/// Special values, a walk over all bit patterns, and the range in which training lives.
func sampledFloats(count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    var values = specialFloats
    for _ in 0..<count {
        values.append(Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)))
        values.append(Float.random(in: -12...12, using: &generator))
    }
    return values
}

@Suite struct FusedMathTests {
    /// Largest distance from the value computed in double, in units in the last place.
    static let unaryBounds: [(atl_opcode, Int)] = [
        (ATL_NEG_F, 0), (ATL_ABS_F, 0), (ATL_SIGN_F, 0), (ATL_SQUARE_F, 0), (ATL_RECIPROCAL_F, 0),
        (ATL_EXP_F, 2), (ATL_LOG_F, 2), (ATL_SQRT_F, 0), (ATL_RSQRT_F, 2), (ATL_TANH_F, 2),
        (ATL_SIGMOID_F, 2), (ATL_SOFTPLUS_F, 4), (ATL_ERF_F, 4), (ATL_SIN_F, 4), (ATL_COS_F, 4),
        (ATL_RELU_F, 0), (ATL_LEAKY_RELU_F, 0), (ATL_CLAMP_F, 0), (ATL_FLOOR_F, 0),
        (ATL_ROUND_BF16_F, 0),
    ]

    @Test(arguments: unaryBounds.indices)
    func unaryFloat(_ row: Int) throws {
        let (opcode, bound) = Self.unaryBounds[row]
        let values = sampledFloats(count: 200_000, seed: UInt64(row))
        var program = FusedProgram([values.count])
        let x = program.input(floats: values)
        let y = program.emit(opcode, x, imm0: -0.25, imm1: 0.75)
        program.output(y)
        let result = try #require(program.run())[0].floats
        var worst = 0
        var at: Float = 0
        for (value, got) in zip(values, result) {
            let expected = try #require(twin(opcode, value, imm0: -0.25, imm1: 0.75))
            let far = distance(got, expected)
            if far > worst { (worst, at) = (far, value) }
        }
        #expect(worst <= bound, "opcode \(opcode.rawValue) at \(at)")
    }

    @Test func signedZeros() throws {
        for (opcode, _) in Self.unaryBounds where opcode != ATL_CLAMP_F {
            var program = FusedProgram([2])
            let x = program.input(floats: [0, -0.0])
            program.output(program.emit(opcode, x, imm0: 0.5))
            let result = try #require(program.run())[0].floats
            for (value, got) in zip([Float(0), -0.0], result) {
                let expected = try #require(twin(opcode, value, imm0: 0.5, imm1: 0))
                #expect(got.bitPattern == expected.bitPattern, "opcode \(opcode.rawValue)")
            }
        }
    }

    @Test func binaryFloat() throws {
        let opcodes = [
            ATL_ADD_F, ATL_SUB_F, ATL_MUL_F, ATL_DIV_F, ATL_POW_F, ATL_MAX_F, ATL_MIN_F, ATL_EQ_F,
            ATL_NE_F, ATL_LT_F, ATL_LE_F, ATL_GT_F, ATL_GE_F,
        ]
        var generator = SeededGenerator(seed: 3)
        var left: [Float] = []
        var right: [Float] = []
        for x in specialFloats {
            for y in specialFloats {
                left.append(x)
                right.append(y)
            }
        }
        for _ in 0..<20_000 {
            left.append(Float.random(in: -10...10, using: &generator))
            right.append(Float.random(in: -10...10, using: &generator))
        }
        for opcode in opcodes {
            var program = FusedProgram([left.count])
            let a = program.input(floats: left)
            let b = program.input(floats: right)
            let isComparison = opcode.rawValue >= ATL_EQ_F.rawValue
            program.output(program.emit(opcode, a, b), isComparison ? ATL_I32 : ATL_F32)
            let result = try #require(program.run())[0]
            for index in left.indices {
                switch try #require(twin(opcode, left[index], right[index])) {
                case .float(let expected):
                    let far = distance(result.floats[index], expected)
                    #expect(
                        far <= (opcode == ATL_POW_F ? 4 : 0),
                        "\(opcode.rawValue)(\(left[index]), \(right[index]))")
                    if far > 4 { return }
                case .integer(let expected):
                    #expect(result.integers[index] == expected)
                }
            }
        }
    }

    @Test func integers() throws {
        var generator = SeededGenerator(seed: 4)
        var left: [Int32] = []
        var right: [Int32] = []
        for x in specialIntegers {
            for y in specialIntegers {
                left.append(x)
                right.append(y)
            }
        }
        for _ in 0..<2000 {
            left.append(.random(in: .min ... .max, using: &generator))
            right.append(.random(in: -300...300, using: &generator))
        }
        for raw in ATL_NEG_I.rawValue...ATL_GE_I.rawValue {
            let opcode = atl_opcode(rawValue: raw)
            var program = FusedProgram([left.count])
            let a = program.input(integers: left)
            let b = program.input(integers: right)
            program.output(program.emit(opcode, a, b, imm0: -20, imm1: 30), ATL_I32)
            let result = try #require(program.run())[0].integers
            let expected = zip(left, right).map { twin(opcode, $0, $1, imm0: -20, imm1: 30) }
            #expect(result.map(Optional.some) == expected, "opcode \(raw)")
        }
    }

    @Test func conversions() throws {
        let values = sampledFloats(count: 5000, seed: 9)
        var program = FusedProgram([values.count])
        let x = program.input(floats: values)
        let asInteger = program.emit(ATL_F_TO_I, x)
        let isFinite = program.emit(ATL_IS_FINITE_F, x)
        let isNonzero = program.emit(ATL_NONZERO_F, x)
        let back = program.emit(ATL_I_TO_F, asInteger)
        program.output(asInteger, ATL_I32)
        program.output(asInteger, ATL_U8)
        program.output(asInteger, ATL_BOOL)
        program.output(isFinite, ATL_BOOL)
        program.output(isNonzero, ATL_I32)
        program.output(back, ATL_F32)
        program.output(x, ATL_BF16)
        let results = try #require(program.run())
        let expected = program.interpret()
        for (index, result) in results.enumerated() {
            #expect(result.bytes == expected.outputs[index], "output \(index)")
        }
    }

    /// Suites run side by side: what one caps must not reach the programs of another.
    @Test func theLimitIsTheThreadsOwn() {
        let best = selectedKernels()
        limitKernels(1)
        defer { limitKernels(4) }
        nonisolated(unsafe) var elsewhere = selectedKernels()
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            elsewhere = selectedKernels()
            done.signal()
        }
        done.wait()
        #expect(elsewhere == best)
    }

    /// The machine's best loops and the baseline ones give the same bits.
    @Test func levelsAgree() throws {
        defer { limitKernels(4) }
        let values = sampledFloats(count: 3000, seed: 11)
        var program = FusedProgram([values.count])
        let x = program.input(floats: values)
        for (opcode, _) in Self.unaryBounds {
            program.output(program.emit(opcode, x, imm0: 0.1, imm1: 0.7))
        }
        let finite = program.emit(ATL_CLAMP_F, x, imm0: -1000, imm1: 1000)
        let isNumber = program.emit(ATL_EQ_F, finite, finite)
        let zero = program.emit(ATL_CONST_F)
        program.reduce(
            program.emit(ATL_SELECT, isNumber, finite, zero), ATL_REDUCE_SUM, over: 0..<1)
        let best = try #require(program.run())
        for level: Int32 in [1, 3] {
            limitKernels(level)
            let other = try #require(program.run())
            for index in best.indices {
                let isSame = zip(best[index].floats, other[index].floats).allSatisfy {
                    $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN)
                }
                #expect(isSame, "result \(index) at level \(level)")
            }
        }
    }
}
