import CKernels

/// A fused chain in Swift values: what the tests build, run in C, and interpret naively.
struct FusedProgram {
    struct Input {
        var type: atl_dtype
        var strides: [Int]
        var bytes: [UInt8]
    }

    struct Result {
        var bytes: [UInt8]

        var floats: [Float] {
            bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }

        var integers: [Int32] {
            bytes.withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
        }
    }

    var sizes: [Int]
    var inputs: [Input] = []
    var instructions: [atl_instruction] = []
    var outputs: [atl_fused_output] = []
    var reductions: [atl_fused_reduction] = []
    var reducedAxes = 0..<0

    var elementCount: Int { sizes.reduce(1, *) }
    var outerCount: Int { sizes[..<reducedAxes.lowerBound].reduce(1, *) }
    var reducedCount: Int { sizes[reducedAxes].reduce(1, *) }
    var innerCount: Int { sizes[reducedAxes.upperBound...].reduce(1, *) }

    init(_ sizes: [Int]) {
        self.sizes = sizes
    }

    /// Row-major strides of the space, 0 along the axes that `repeated` names.
    func strides(repeating repeated: Set<Int> = []) -> [Int] {
        var strides = [Int](repeating: 0, count: sizes.count)
        var next = 1
        for axis in sizes.indices.reversed() where !repeated.contains(axis) {
            strides[axis] = next
            next *= sizes[axis]
        }
        return strides
    }

    /// Elements that an input with these strides reaches.
    func extent(_ strides: [Int]) -> Int {
        1 + zip(sizes, strides).reduce(0) { $0 + max(0, $1.0 - 1) * $1.1 }
    }

    mutating func input(floats: [Float], strides: [Int]? = nil) -> Int32 {
        input(ATL_F32, bytes: floats.withUnsafeBytes { Array($0) }, strides: strides)
    }

    mutating func input(integers: [Int32], strides: [Int]? = nil) -> Int32 {
        input(ATL_I32, bytes: integers.withUnsafeBytes { Array($0) }, strides: strides)
    }

    /// All inputs come before the first instruction.
    mutating func input(_ type: atl_dtype, bytes: [UInt8], strides: [Int]? = nil) -> Int32 {
        precondition(instructions.isEmpty)
        inputs.append(Input(type: type, strides: strides ?? self.strides(), bytes: bytes))
        return Int32(inputs.count - 1)
    }

    mutating func emit(
        _ opcode: atl_opcode, _ a: Int32 = -1, _ b: Int32 = -1, _ c: Int32 = -1,
        imm0: Float = 0, imm1: Float = 0, integer: Int32 = 0
    ) -> Int32 {
        instructions.append(
            atl_instruction(
                opcode: Int32(opcode.rawValue), a: a, b: b, c: c, imm0: imm0, imm1: imm1,
                integer: integer))
        return Int32(inputs.count + instructions.count - 1)
    }

    mutating func output(_ register: Int32, _ type: atl_dtype = ATL_F32) {
        outputs.append(atl_fused_output(reg: register, dtype: Int32(type.rawValue)))
    }

    mutating func reduce(
        _ register: Int32, _ kind: atl_reduction, over axes: Range<Int>,
        type: atl_dtype = ATL_F32
    ) {
        reducedAxes = axes
        reductions.append(
            atl_fused_reduction(
                reg: register, kind: Int32(kind.rawValue), dtype: Int32(type.rawValue)))
    }

    static func elementBytes(_ type: Int32) -> Int {
        switch atl_dtype(rawValue: UInt32(type)) {
        case ATL_F32, ATL_I32: 4
        case ATL_BF16: 2
        default: 1
        }
    }

    var resultByteCounts: [Int] {
        outputs.map { elementCount * Self.elementBytes($0.dtype) }
            + reductions.map { outerCount * innerCount * Self.elementBytes($0.dtype) }
    }

    /// Calls `body` with the C description of this program.
    func withDescription<R>(_ body: (UnsafePointer<atl_fused_description>) -> R) -> R {
        func fill<T>(_ tuple: inout T, _ values: [Int]) {
            withUnsafeMutableBytes(of: &tuple) { raw in
                let slots = raw.bindMemory(to: Int64.self)
                for (index, value) in values.enumerated() { slots[index] = Int64(value) }
            }
        }
        let views = inputs.map { input in
            var view = atl_fused_input()
            view.dtype = Int32(input.type.rawValue)
            fill(&view.strides, input.strides)
            return view
        }
        var description = atl_fused_description()
        description.rank = Int32(sizes.count)
        fill(&description.sizes, sizes)
        description.input_count = Int32(inputs.count)
        description.instruction_count = Int32(instructions.count)
        description.output_count = Int32(outputs.count)
        description.reduction_count = Int32(reductions.count)
        description.reduce_begin = Int32(reducedAxes.lowerBound)
        description.reduce_end = Int32(reducedAxes.upperBound)
        return views.withUnsafeBufferPointer { views in
            instructions.withUnsafeBufferPointer { instructions in
                outputs.withUnsafeBufferPointer { outputs in
                    reductions.withUnsafeBufferPointer { reductions in
                        description.inputs = views.baseAddress
                        description.instructions = instructions.baseAddress
                        description.outputs = outputs.baseAddress
                        description.reductions = reductions.baseAddress
                        return withUnsafePointer(to: description, body)
                    }
                }
            }
        }
    }

    /// Runs the program in C. `aliases` maps an output to the input whose memory it overwrites.
    /// Guard bytes around every result and after the scratch memory are checked.
    func run(threads: Int32 = 1, aliases: [Int: Int] = [:]) -> [Result]? {
        guard let program = withDescription({ atl_fused_create($0) }) else { return nil }
        defer { atl_fused_destroy(program) }
        let guardBytes = 64
        func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: count + 2 * guardBytes, alignment: 64)
            for index in memory.indices { memory[index] = 0xa5 }
            return memory
        }
        func isIntact(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
            memory.prefix(guardBytes).allSatisfy { $0 == 0xa5 }
                && memory.suffix(guardBytes).allSatisfy { $0 == 0xa5 }
        }
        let inputMemory = inputs.map { input in
            let memory = allocate(input.bytes.count)
            for (index, byte) in input.bytes.enumerated() { memory[guardBytes + index] = byte }
            return memory
        }
        let ownMemory = resultByteCounts.map(allocate)
        let scratch = allocate(Int(atl_fused_scratch_bytes(program, threads)))
        defer { for memory in inputMemory + ownMemory + [scratch] { memory.deallocate() } }
        let results = ownMemory.indices.map { aliases[$0].map { inputMemory[$0] } ?? ownMemory[$0] }
        let inputPointers: [UnsafeRawPointer?] = inputMemory.map {
            UnsafeRawPointer($0.baseAddress! + guardBytes)
        }
        let resultPointers: [UnsafeMutableRawPointer?] = results.map {
            $0.baseAddress! + guardBytes
        }
        atl_fused_run(
            program, inputPointers, resultPointers, scratch.baseAddress! + guardBytes, threads)
        precondition((inputMemory + ownMemory + [scratch]).allSatisfy(isIntact), "overrun")
        return zip(results, resultByteCounts).map { memory, count in
            Result(bytes: Array(memory[guardBytes..<guardBytes + count]))
        }
    }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
