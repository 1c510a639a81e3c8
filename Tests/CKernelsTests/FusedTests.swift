import CKernels
import Testing

/// Runs a program at one and two threads, and holds it to the naive interpreter: outputs to the
/// bit, sums to `tolerance` of the sum of magnitudes, max and min to the bit.
func check(
    _ program: FusedProgram, aliases: [Int: Int] = [:], tolerance: Double = 3e-7, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let results = program.run(aliases: aliases) else {
        Issue.record("refused: \(name)", sourceLocation: sourceLocation)
        return
    }
    let parallel = program.run(threads: 2, aliases: aliases)
    #expect(
        parallel?.map(\.bytes) == results.map(\.bytes), "threads change the bits: \(name)",
        sourceLocation: sourceLocation)
    let expected = program.interpret()
    for (index, bytes) in expected.outputs.enumerated() where results[index].bytes != bytes {
        let type = program.outputs[index].dtype
        let size = FusedProgram.elementBytes(type)
        let first =
            zip(results[index].bytes, bytes).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
        Issue.record(
            "\(name): output \(index), element \(first / size)", sourceLocation: sourceLocation)
        return
    }
    for (number, reduction) in program.reductions.enumerated() {
        let bytes = results[expected.outputs.count + number].bytes
        let isHalf = reduction.dtype == Int32(ATL_BF16.rawValue)
        let got: [Float] =
            isHalf
            ? bytes.withUnsafeBytes {
                $0.bindMemory(to: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
            } : FusedProgram.Result(bytes: bytes).floats
        let (values, magnitudes) = expected.reductions[number]
        let isSum = reduction.kind == Int32(ATL_REDUCE_SUM.rawValue)
        for index in values.indices {
            let value = Double(got[index])
            if value.isNaN && values[index].isNaN { continue }
            if value == values[index] { continue }
            let rounding = (isHalf ? 0x1p-8 : 0x1p-24) * abs(values[index])
            let allowed = (isSum ? tolerance * magnitudes[index] : 0) + rounding
            if abs(value - values[index]) <= allowed { continue }
            Issue.record(
                "\(name): reduction \(number)[\(index)] is \(value), not \(values[index])",
                sourceLocation: sourceLocation)
            return
        }
    }
}

func randomFloats(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in Float.random(in: -2...2, using: &generator) }
}

@Suite struct FusedTests {
    /// y = relu(x * scale + shift), scale and shift broadcast along `repeated`.
    func affine(_ sizes: [Int], repeating repeated: Set<Int>) -> FusedProgram {
        var program = FusedProgram(sizes)
        let strides = program.strides(repeating: repeated)
        let extent = program.extent(strides)
        let x = program.input(floats: randomFloats(program.elementCount, seed: 1))
        let scale = program.input(floats: randomFloats(extent, seed: 2), strides: strides)
        let shift = program.input(floats: randomFloats(extent, seed: 3), strides: strides)
        let product = program.emit(ATL_MUL_F, x, scale)
        program.output(program.emit(ATL_RELU_F, program.emit(ATL_ADD_F, product, shift)))
        return program
    }

    @Test func broadcasting() {
        let spaces: [[Int]] = [
            [], [1], [7], [1024], [1025], [5000], [3, 7], [40, 64], [9, 1500], [1, 2000],
            [2000, 1],
            [300, 3], [4, 8, 8, 3], [4, 8, 8, 64], [2, 3, 5, 7], [2, 1, 3, 1100],
            [6, 5, 4, 3, 2, 2],
        ]
        for sizes in spaces {
            for mask in 0..<(1 << sizes.count) {
                let repeated = Set(sizes.indices.filter { mask >> $0 & 1 == 1 })
                check(affine(sizes, repeating: repeated), "\(sizes) repeating \(repeated.sorted())")
            }
        }
    }

    @Test func transposedAndGappedInputs() {
        for sizes in [[3, 5], [40, 70], [2, 1500], [5, 6, 7], [2, 30, 1100]] {
            var program = FusedProgram(sizes)
            var reversed: [Int] = []
            var next = 1
            for size in sizes {
                reversed.append(next)
                next *= size
            }
            let gapped = program.strides().map { $0 * 2 }
            let a = program.input(
                floats: randomFloats(program.extent(reversed), seed: 5), strides: reversed)
            let b = program.input(
                floats: randomFloats(program.extent(gapped), seed: 6), strides: gapped)
            let bytes = (0..<program.extent(gapped)).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let c = program.input(ATL_U8, bytes: bytes, strides: gapped)
            let d = program.input(ATL_BOOL, bytes: bytes.map { $0 & 6 }, strides: program.strides())
            let widened = program.emit(ATL_I_TO_F, c)
            let sum = program.emit(ATL_ADD_F, program.emit(ATL_SUB_F, a, b), widened)
            program.output(program.emit(ATL_SELECT, d, sum, a), ATL_BF16)
            program.output(sum)
            check(program, "\(sizes)")
        }
    }

    @Test func everyStoredTypeAndIndices() {
        for sizes in [[3], [5, 300], [2, 3, 1200], [1200, 3]] {
            for axis in sizes.indices {
                var program = FusedProgram(sizes)
                let half = randomFloats(program.elementCount, seed: 8).map(bfloat16Bits)
                let x = program.input(ATL_BF16, bytes: half.withUnsafeBytes { Array($0) })
                let index = program.emit(ATL_IOTA_I, integer: Int32(axis))
                let three = program.emit(ATL_CONST_I, integer: 3)
                let shifted = program.emit(ATL_SUB_I, index, three)
                let scaled = program.emit(ATL_MUL_F, x, program.emit(ATL_I_TO_F, shifted))
                program.output(index, ATL_I32)
                program.output(shifted, ATL_U8)
                program.output(shifted, ATL_BOOL)
                program.output(scaled, ATL_BF16)
                program.output(scaled, ATL_F32)
                program.output(scaled, ATL_F32)
                program.output(x, ATL_F32)
                program.output(three, ATL_I32)
                check(program, "\(sizes), axis \(axis)")
            }
        }
    }

    /// Sum of x and of x * c, max and min, with a whole output on the side.
    func reduction(_ sizes: [Int], _ axes: Range<Int>, channels: Bool, seed: UInt64) -> FusedProgram
    {
        var program = FusedProgram(sizes)
        let x = program.input(floats: randomFloats(program.elementCount, seed: seed))
        let repeated = channels ? Set(sizes.indices.dropLast()) : Set(sizes.indices.dropFirst())
        let strides = program.strides(repeating: repeated)
        let c = program.input(
            floats: randomFloats(program.extent(strides), seed: seed + 1), strides: strides)
        let product = program.emit(ATL_MUL_F, x, c)
        program.reduce(x, ATL_REDUCE_SUM, over: axes)
        program.reduce(product, ATL_REDUCE_SUM, over: axes)
        program.reduce(product, ATL_REDUCE_MAX, over: axes, type: ATL_BF16)
        program.reduce(product, ATL_REDUCE_MIN, over: axes)
        program.output(product)
        return program
    }

    @Test func reductionLayouts() {
        let spaces: [[Int]] = [
            [1], [7], [64, 3], [3, 64], [40, 50], [3, 2000], [2000, 3], [2, 3, 4], [5, 300, 7],
            [4, 9, 1], [4, 6, 6, 3], [2, 9, 9, 64], [2, 1500, 2], [3, 2, 1500],
            [2, 2, 2, 2, 2, 2],
            [1, 1, 5], [300, 2, 3], [40, 3, 1100],
        ]
        for sizes in spaces {
            for begin in sizes.indices {
                for end in begin...sizes.count {
                    for channels in [false, true] {
                        check(
                            reduction(sizes, begin..<end, channels: channels, seed: 21),
                            "\(sizes) over \(begin)..<\(end), channels \(channels)")
                    }
                }
            }
        }
    }

    @Test(arguments: [1, 3, 7, 64, 1000])
    func columnSums(_ channels: Int) {
        for rows in [1, 2, 31, 33, 500, 5000] where rows * channels <= 320_000 {
            check(
                reduction([rows, channels], 0..<1, channels: true, seed: 5), "\(rows)x\(channels)")
        }
    }

    @Test func rowSums() {
        for length in [1, 2, 15, 63, 64, 65, 999, 1023, 1024, 1025, 2049, 4999, 5000] {
            for rows in [1, 2, 13] {
                check(
                    reduction([rows, length], 1..<2, channels: true, seed: 6), "\(rows)x\(length)")
            }
        }
    }

    /// Many slices a result: where the thread count could show.
    @Test func longReductions() {
        check(reduction([300_001], 0..<1, channels: false, seed: 7), "a full sum")
        check(reduction([2, 150_000], 1..<2, channels: false, seed: 8), "two long rows")
        check(reduction([60_000, 7], 0..<1, channels: true, seed: 9), "seven columns")
        check(reduction([100, 2100], 0..<1, channels: true, seed: 10), "wide columns")
        check(reduction([2, 3, 100, 700], 1..<3, channels: true, seed: 11), "grouped columns")
    }

    @Test func reductionsOfSpecialValues() {
        for position in [0, 5, 63, 64, 700, 1999] {
            for special in [Float.nan, .infinity, -.infinity] {
                for sizes in [[2000], [20, 100], [100, 20]] {
                    var values = randomFloats(2000, seed: 12)
                    values[position] = special
                    var program = FusedProgram(sizes)
                    let x = program.input(floats: values)
                    for kind in [ATL_REDUCE_SUM, ATL_REDUCE_MAX, ATL_REDUCE_MIN] {
                        program.reduce(x, kind, over: 0..<1)
                    }
                    check(program, "\(special) at \(position) of \(sizes)")
                }
            }
        }
    }

    @Test func emptySpaces() {
        for (sizes, axes) in [([0], 0..<1), ([3, 0], 1..<2), ([0, 3], 0..<1), ([0, 3], 1..<2)] {
            var program = FusedProgram(sizes)
            let x = program.input(floats: [])
            program.output(program.emit(ATL_EXP_F, x))
            for kind in [ATL_REDUCE_SUM, ATL_REDUCE_MAX, ATL_REDUCE_MIN] {
                program.reduce(x, kind, over: axes)
            }
            check(program, "\(sizes)")
        }
    }

    @Test func sumsAreAccurate() throws {
        // One large value and many small ones: a running float sum would lose them.
        var values = [Float](repeating: 1e-3, count: 4_000_000)
        values[0] = 1000
        for sizes in [[values.count], [values.count / 4, 4]] {
            var program = FusedProgram(sizes)
            let x = program.input(floats: values)
            program.reduce(x, ATL_REDUCE_SUM, over: 0..<1)
            let sums = try #require(program.run(threads: 2))[0].floats
            let total = sums.reduce(0) { $0 + Double($1) }
            #expect(abs(total - 4999.999) < 1e-3)
        }
    }

    @Test func outputsOverwriteInputs() {
        for count in [1, 5, 1000, 5000, 150_000] {
            var program = FusedProgram([count])
            let a = program.input(floats: randomFloats(count, seed: 30))
            let b = program.input(floats: randomFloats(count, seed: 31))
            let difference = program.emit(ATL_SUB_F, a, b)
            let late = program.emit(ATL_MUL_F, difference, a)
            program.output(difference)
            program.output(late)
            program.reduce(a, ATL_REDUCE_SUM, over: 0..<1)
            check(program, aliases: [0: 0, 1: 1], "early and late, \(count)")
            check(program, aliases: [0: 1, 1: 0], "crossed, \(count)")
            check(program, aliases: [1: 0], "late only, \(count)")

            var swap = FusedProgram([count])
            let c = swap.input(floats: randomFloats(count, seed: 32))
            let d = swap.input(floats: randomFloats(count, seed: 33))
            swap.output(d)
            swap.output(c)
            check(swap, aliases: [0: 0, 1: 1], "swap, \(count)")

            var half = FusedProgram([count])
            let bits = randomFloats(count, seed: 34).map(bfloat16Bits)
            let e = half.input(ATL_BF16, bytes: bits.withUnsafeBytes { Array($0) })
            half.output(half.emit(ATL_SQUARE_F, e), ATL_BF16)
            check(half, aliases: [0: 0], "bfloat16, \(count)")
        }
    }

    @Test func malformedProgramsAreRefused() {
        func isRefused(_ change: (inout FusedProgram) -> Void) -> Bool {
            var program = FusedProgram([4])
            let x = program.input(floats: [1, 2, 3, 4])
            program.output(program.emit(ATL_EXP_F, x))
            change(&program)
            return program.withDescription {
                let made = atl_fused_create($0)
                atl_fused_destroy(made)
                return made == nil
            }
        }
        #expect(!isRefused { _ in })
        #expect(isRefused { $0.instructions[0].a = 1 })
        #expect(isRefused { $0.instructions[0].a = -1 })
        #expect(isRefused { $0.instructions[0].opcode = Int32(ATL_OPCODE_COUNT.rawValue) })
        #expect(isRefused { $0.instructions[0].opcode = Int32(ATL_NEG_I.rawValue) })
        #expect(isRefused { $0.outputs[0].reg = 2 })
        #expect(isRefused { $0.outputs[0].dtype = Int32(ATL_I32.rawValue) })
        #expect(isRefused { $0.outputs[0].dtype = 5 })
        #expect(isRefused { $0.sizes[0] = -1 })
        #expect(isRefused { $0.reduce(1, ATL_REDUCE_SUM, over: 0..<1, type: ATL_I32) })
        #expect(isRefused { _ = $0.emit(ATL_IOTA_I, integer: 1) })
    }
}
