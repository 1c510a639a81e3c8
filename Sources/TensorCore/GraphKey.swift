/// The structure of a graph in a flat list of words: what a compiled plan is looked up by.
///
/// Two keys are equal exactly when their graphs are. Numbers count by their bits: a constant that is NaN
/// finds its plan again, and -0 is another constant than 0.
struct GraphKey: Hashable, Sendable {
    private var words: [Int] = []
    /// Operations with a geometry of their own (convolution, pooling, resizing), in their order.
    private var shaped: [Op] = []
    private var hash = 0

    /// An empty key with room for about as many operations.
    init(capacity: Int) { words.reserveCapacity(8 * capacity) }

    /// Adds an operation, without its operands.
    mutating func append(_ op: Op, operandCount: Int, shape: [Int], dtype: DType) {
        words.append(operandCount << 32 | shape.count << 8 | Int(dtype.rawValue))
        append(op)
        for extent in shape { words.append(extent) }
    }

    /// Adds the place of an operand or of an output, or another number of the graph.
    mutating func append(_ number: Int) { words.append(number) }

    /// Mixes the hash, once the key is complete.
    mutating func seal() {
        var mixed: UInt = 0
        for word in words {
            mixed = (mixed ^ UInt(bitPattern: word)) &* 0x9e37_79b9_7f4a_7c15
            mixed ^= mixed >> 29
        }
        hash = Int(bitPattern: mixed)
    }

    static func == (a: GraphKey, b: GraphKey) -> Bool {
        a.hash == b.hash && a.words == b.words && a.shaped == b.shaped
    }

    func hash(into hasher: inout Hasher) { hasher.combine(hash) }
}

extension GraphKey {
    private mutating func append(_ value: Double) {
        words.append(Int(bitPattern: UInt(value.bitPattern)))
    }

    private mutating func append(_ list: [Int]) {
        words.append(list.count)
        for number in list { words.append(number) }
    }

    /// A word that tells the kind of operation and a detail of it.
    private mutating func append(kind: Int, _ detail: Int = 0) {
        words.append(kind << 32 | detail)
    }

    private mutating func append(_ op: Op) {
        switch op {
        case .input: append(kind: 0)
        case .full(let value):
            append(kind: 1)
            append(value)
        case .iota(let axis): append(kind: 2, axis)
        case .unary(let function): append(function)
        case .binary(let function): append(kind: 4, Int(function.rawValue))
        case .compare(let function): append(kind: 5, Int(function.rawValue))
        case .select: append(kind: 6)
        case .cast(let type): append(kind: 7, Int(type.rawValue))
        case .stopGradient: append(kind: 8)
        case .reduce(let function, let axes):
            append(kind: 9, Int(function.rawValue))
            append(axes)
        case .argMax(let axis): append(kind: 10, axis)
        case .matmul(let transposeA, let transposeB, let precision):
            append(
                kind: 11,
                (transposeA ? 1 : 0) | (transposeB ? 2 : 0) | Int(precision.rawValue) << 2)
        case .reshape: append(kind: 12)
        case .transpose(let permutation):
            append(kind: 13)
            append(permutation)
        case .broadcast: append(kind: 14)
        case .slice(let starts, let strides):
            append(kind: 15)
            append(starts)
            append(strides)
        case .pad(let low, let high, let interior, let value):
            append(kind: 16)
            for amounts in [low, high, interior] { append(amounts) }
            append(value)
        case .concatenate(let axis): append(kind: 17, axis)
        case .reverse(let axes):
            append(kind: 18)
            append(axes)
        case .gather: append(kind: 19)
        case .scatterAdd(let rows): append(kind: 20, rows)
        case .random(let distribution): append(kind: 21, Int(distribution.rawValue))
        case .conv2d, .conv2dInputGradient, .conv2dWeightGradient, .maxPool2d, .maxPool2dGather,
            .maxPool2dScatter, .averagePool2d, .averagePool2dGradient, .resize2d, .resize2dGradient:
            append(kind: 22)
            shaped.append(op)
        }
    }

    private mutating func append(_ function: UnaryOp) {
        let kind = 3
        switch function {
        case .negate: append(kind: kind, 0)
        case .abs: append(kind: kind, 1)
        case .sign: append(kind: kind, 2)
        case .square: append(kind: kind, 3)
        case .reciprocal: append(kind: kind, 4)
        case .exp: append(kind: kind, 5)
        case .log: append(kind: kind, 6)
        case .sqrt: append(kind: kind, 7)
        case .rsqrt: append(kind: kind, 8)
        case .tanh: append(kind: kind, 9)
        case .sigmoid: append(kind: kind, 10)
        case .softplus: append(kind: kind, 11)
        case .erf: append(kind: kind, 12)
        case .sin: append(kind: kind, 13)
        case .cos: append(kind: kind, 14)
        case .relu: append(kind: kind, 15)
        case .floor: append(kind: kind, 16)
        case .logicalNot: append(kind: kind, 17)
        case .isFinite: append(kind: kind, 18)
        case .leakyRelu(let slope):
            append(kind: kind, 19)
            append(slope)
        case .clamp(let low, let high):
            append(kind: kind, 20)
            append(low)
            append(high)
        }
    }
}
