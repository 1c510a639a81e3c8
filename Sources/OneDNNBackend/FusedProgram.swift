import CKernels
import TensorCore

/// The instructions of one fusion group, in the form that `atl_fused_create` takes.
struct FusedProgram {
    /// The nodes whose memory is read, one for each input of the program.
    private(set) var inputNodes: [Int] = []
    /// Whether each input is read whole, in order, without gaps or repetition.
    private(set) var inputIsWhole: [Bool] = []
    /// The nodes that are written: stored ones, then reductions.
    private(set) var resultNodes: [Int] = []
    private var views: [atl_fused_input] = []
    private var instructions: [atl_instruction] = []
    private var outputs: [atl_fused_output] = []
    private var reductions: [atl_fused_reduction] = []

    private let planner: FusionPlanner
    private let group: FusionGroup
    private let own: Set<Int>
    /// A node's value: an input (not negative) or an instruction (negative, its complement).
    private var value: [Int: Int] = [:]

    init(_ group: FusionGroup, planner: FusionPlanner) {
        self.group = group
        self.planner = planner
        own = Set(group.stored)
        precondition(
            group.shape.count <= Int(ATL_MAX_RANK),
            "[evaluate] expected element-wise tensors of rank up to \(ATL_MAX_RANK), got shape "
                + "\(group.shape)")
        for node in group.stored { translate(node) }
        for node in group.reductions { translate(planner.nodes[node].operands[0]) }
        let inputCount = views.count
        func register(_ node: Int) -> Int32 {
            let place = value[node, default: 0]
            return Int32(place >= 0 ? place : inputCount + ~place)
        }
        for index in instructions.indices {
            for path in [\atl_instruction.a, \.b, \.c]
            where instructions[index][keyPath: path] != -1 {
                let place = Int(instructions[index][keyPath: path])
                // Operands were written as values: -1 is none, so complements start at -2.
                instructions[index][keyPath: path] = Int32(
                    place >= 0 ? place : inputCount + (-2 - place))
            }
        }
        for node in group.stored {
            outputs.append(
                .init(reg: register(node), dtype: planner.nodes[node].dtype.kernelType))
        }
        for node in group.reductions {
            guard case .reduce(let op, _) = planner.nodes[node].op else { continue }
            reductions.append(
                .init(
                    reg: register(planner.nodes[node].operands[0]), kind: op.kernelKind,
                    dtype: planner.nodes[node].dtype.kernelType))
        }
        resultNodes = group.stored + group.reductions
    }

    /// Prepares the program.
    func make() -> OpaquePointer {
        var description = atl_fused_description()
        description.rank = Int32(group.shape.count)
        withUnsafeMutableBytes(of: &description.sizes) {
            let sizes = $0.bindMemory(to: Int64.self)
            for (axis, size) in group.shape.enumerated() { sizes[axis] = Int64(size) }
        }
        if let first = group.reductions.first, case .reduce(_, let axes) = planner.nodes[first].op {
            description.reduce_begin = Int32(axes[0])
            description.reduce_end = Int32(axes[axes.count - 1] + 1)
        }
        let program = views.withUnsafeBufferPointer { views in
            instructions.withUnsafeBufferPointer { instructions in
                outputs.withUnsafeBufferPointer { outputs in
                    reductions.withUnsafeBufferPointer { reductions in
                        description.input_count = Int32(views.count)
                        description.inputs = views.baseAddress
                        description.instruction_count = Int32(instructions.count)
                        description.instructions = instructions.baseAddress
                        description.output_count = Int32(outputs.count)
                        description.outputs = outputs.baseAddress
                        description.reduction_count = Int32(reductions.count)
                        description.reductions = reductions.baseAddress
                        return atl_fused_create(&description)
                    }
                }
            }
        }
        guard let program else {
            preconditionFailure("[evaluate] a fused pass over \(group.shape) was malformed")
        }
        return program
    }

    // MARK: Nodes to instructions

    /// Computes a node and all below it that is not in memory, operands first.
    private mutating func translate(_ root: Int) {
        var stack = [root]
        while let index = stack.last {
            if value[index] != nil {
                stack.removeLast()
                continue
            }
            if let view = memoryView(of: index) {
                value[index] = input(view)
                stack.removeLast()
                continue
            }
            let open = planner.nodes[index].operands.filter { value[$0] == nil }
            if open.isEmpty {
                emit(index)
                stack.removeLast()
            } else {
                stack.append(contentsOf: open.reversed())
            }
        }
    }

    private struct View: Hashable {
        var node: Int
        var strides: [Int]
        var dtype: DType
    }

    private var inputIndex: [View: Int] = [:]

    /// How a node is read from memory, if it is in memory (or repeats what is).
    private func memoryView(of index: Int) -> View? {
        let node = planner.nodes[index]
        if case .broadcast = node.op, !(planner.isStored[index] && !own.contains(index)) {
            let source = node.operands[0]
            var strides = rowMajorStrides(planner.nodes[source].shape)
            for axis in strides.indices where planner.nodes[source].shape[axis] == 1 {
                strides[axis] = 0
            }
            return View(node: planner.storage(source), strides: strides, dtype: node.dtype)
        }
        guard planner.isInMemory(index), !own.contains(index) else { return nil }
        return View(
            node: planner.storage(index), strides: rowMajorStrides(node.shape), dtype: node.dtype)
    }

    private mutating func input(_ view: View) -> Int {
        if let found = inputIndex[view] { return found }
        var description = atl_fused_input()
        description.dtype = view.dtype.kernelType
        withUnsafeMutableBytes(of: &description.strides) {
            let strides = $0.bindMemory(to: Int64.self)
            for (axis, stride) in view.strides.enumerated() { strides[axis] = Int64(stride) }
        }
        views.append(description)
        inputNodes.append(view.node)
        inputIsWhole.append(view.strides == rowMajorStrides(group.shape))
        inputIndex[view] = views.count - 1
        return views.count - 1
    }

    private mutating func append(
        _ opcode: atl_opcode, _ operands: [Int] = [], immediate: (Double, Double) = (0, 0),
        integer: Int = 0
    ) -> Int {
        func operand(_ place: Int) -> Int32 {
            guard place < operands.count else { return -1 }
            return Int32(operands[place] >= 0 ? operands[place] : operands[place] - 1)
        }
        instructions.append(
            atl_instruction(
                opcode: Int32(opcode.rawValue), a: operand(0), b: operand(1), c: operand(2),
                imm0: Float(immediate.0), imm1: Float(immediate.1),
                integer: Int32(clamping: integer)))
        return ~(instructions.count - 1)
    }

    private mutating func emit(_ index: Int) {
        let node = planner.nodes[index]
        let operands = node.operands.map { value[$0, default: 0] }
        let source = node.operands.first.map { planner.nodes[$0].dtype } ?? node.dtype
        var result: Int
        switch node.op {
        case .full(let constant):
            result =
                node.dtype.isFloatingPoint
                ? append(ATL_CONST_F, immediate: (constant, 0))
                : append(
                    ATL_CONST_I,
                    integer: node.dtype == .bool ? (constant != 0 ? 1 : 0) : Int(constant))
        case .iota(let axis): result = append(ATL_IOTA_I, integer: axis)
        case .unary(let op): result = emitUnary(op, operands[0], source)
        case .binary(let op): result = append(op.opcode(source.isFloatingPoint), operands)
        case .compare(let op): result = append(op.opcode(source.isFloatingPoint), operands)
        case .select: result = append(ATL_SELECT, operands)
        case .cast(let type): result = emitCast(operands[0], from: source, to: type)
        default: preconditionFailure("[evaluate] \(node.op) is not element-wise")
        }
        if node.dtype == .bfloat16 { result = append(ATL_ROUND_BF16_F, [result]) }
        value[index] = result
    }

    private mutating func emitUnary(_ op: UnaryOp, _ x: Int, _ source: DType) -> Int {
        switch op {
        case .leakyRelu(let slope): return append(ATL_LEAKY_RELU_F, [x], immediate: (slope, 0))
        case .clamp(let low, let high):
            if source.isFloatingPoint {
                return append(ATL_CLAMP_F, [x], immediate: (low, high))
            }
            // A float does not hold every int32: integer bounds are constants of their own.
            let raised = append(ATL_MAX_I, [x, append(ATL_CONST_I, integer: low.saturated)])
            return append(ATL_MIN_I, [raised, append(ATL_CONST_I, integer: high.saturated)])
        default: return append(op.opcode(source.isFloatingPoint), [x])
        }
    }

    private mutating func emitCast(_ x: Int, from source: DType, to target: DType) -> Int {
        if source.isFloatingPoint {
            switch target {
            case .float32, .bfloat16: return x
            case .int32: return append(ATL_F_TO_I, [x])
            case .uint8: return append(ATL_SATURATE_U8_I, [append(ATL_F_TO_I, [x])])
            case .bool: return append(ATL_NONZERO_F, [x])
            }
        }
        switch target {
        case .float32, .bfloat16: return append(ATL_I_TO_F, [x])
        case .uint8 where source == .int32: return append(ATL_SATURATE_U8_I, [x])
        case .bool where source != .bool: return append(ATL_NONZERO_I, [x])
        default: return x
        }
    }
}

/// The distance in memory of neighbours along each axis, in elements.
func rowMajorStrides(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
}

extension Double {
    /// The int32 that is reached by going toward zero; the nearest end of the range beyond it.
    fileprivate var saturated: Int {
        Int(Swift.min(Swift.max(self, Double(Int32.min)), Double(Int32.max)))
    }
}

extension DType {
    var kernelType: Int32 {
        switch self {
        case .float32: Int32(ATL_F32.rawValue)
        case .bfloat16: Int32(ATL_BF16.rawValue)
        case .int32: Int32(ATL_I32.rawValue)
        case .uint8: Int32(ATL_U8.rawValue)
        case .bool: Int32(ATL_BOOL.rawValue)
        }
    }
}

extension ReductionOp {
    var kernelKind: Int32 {
        switch self {
        case .sum: Int32(ATL_REDUCE_SUM.rawValue)
        case .max: Int32(ATL_REDUCE_MAX.rawValue)
        case .min: Int32(ATL_REDUCE_MIN.rawValue)
        }
    }
}

extension UnaryOp {
    func opcode(_ isFloat: Bool) -> atl_opcode {
        switch self {
        case .negate: isFloat ? ATL_NEG_F : ATL_NEG_I
        case .abs: isFloat ? ATL_ABS_F : ATL_ABS_I
        case .sign: isFloat ? ATL_SIGN_F : ATL_SIGN_I
        case .square: isFloat ? ATL_SQUARE_F : ATL_SQUARE_I
        case .reciprocal: ATL_RECIPROCAL_F
        case .exp: ATL_EXP_F
        case .log: ATL_LOG_F
        case .sqrt: ATL_SQRT_F
        case .rsqrt: ATL_RSQRT_F
        case .tanh: ATL_TANH_F
        case .sigmoid: ATL_SIGMOID_F
        case .softplus: ATL_SOFTPLUS_F
        case .erf: ATL_ERF_F
        case .sin: ATL_SIN_F
        case .cos: ATL_COS_F
        case .relu: ATL_RELU_F
        case .leakyRelu: ATL_LEAKY_RELU_F
        case .clamp: ATL_CLAMP_F
        case .floor: ATL_FLOOR_F
        case .logicalNot: ATL_NOT_I
        case .isFinite: ATL_IS_FINITE_F
        }
    }
}

extension BinaryOp {
    func opcode(_ isFloat: Bool) -> atl_opcode {
        switch self {
        case .add: isFloat ? ATL_ADD_F : ATL_ADD_I
        case .subtract: isFloat ? ATL_SUB_F : ATL_SUB_I
        case .multiply: isFloat ? ATL_MUL_F : ATL_MUL_I
        case .divide: isFloat ? ATL_DIV_F : ATL_DIV_I
        case .power: ATL_POW_F
        case .maximum: isFloat ? ATL_MAX_F : ATL_MAX_I
        case .minimum: isFloat ? ATL_MIN_F : ATL_MIN_I
        case .logicalAnd: ATL_AND_I
        case .logicalOr: ATL_OR_I
        }
    }
}

extension ComparisonOp {
    func opcode(_ isFloat: Bool) -> atl_opcode {
        switch self {
        case .equal: isFloat ? ATL_EQ_F : ATL_EQ_I
        case .notEqual: isFloat ? ATL_NE_F : ATL_NE_I
        case .less: isFloat ? ATL_LT_F : ATL_LT_I
        case .lessOrEqual: isFloat ? ATL_LE_F : ATL_LE_I
        case .greater: isFloat ? ATL_GT_F : ATL_GT_I
        case .greaterOrEqual: isFloat ? ATL_GE_F : ATL_GE_I
        }
    }
}
