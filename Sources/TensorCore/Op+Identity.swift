// Two operations are equal when they compute the same bits. What the compiler would write compares
// numbers by `==`: a plan with NaN in it would never be found again, and -0.0 would get the plan
// of 0.0. A new case goes into both switches: the compiler sees to it in `hash(into:)` alone.

extension Op {
    /// Whether both compute the same bits from the same operands.
    public static func == (a: Op, b: Op) -> Bool {
        switch (a, b) {
        case (.full(let x), .full(let y)): x.bitPattern == y.bitPattern
        case (.pad(let low, let high, let interior, let x), .pad(let l, let h, let i, let y)):
            low == l && high == h && interior == i && x.bitPattern == y.bitPattern
        case (.unary(let x), .unary(let y)): x == y
        case (.binary(let x), .binary(let y)): x == y
        case (.compare(let x), .compare(let y)): x == y
        case (.cast(let x), .cast(let y)): x == y
        case (.random(let x), .random(let y)): x == y
        case (.input, .input), (.select, .select), (.stopGradient, .stopGradient),
            (.reshape, .reshape), (.broadcast, .broadcast), (.gather, .gather):
            true
        case (.iota(let x), .iota(let y)), (.argMax(let x), .argMax(let y)),
            (.concatenate(let x), .concatenate(let y)), (.scatterAdd(let x), .scatterAdd(let y)):
            x == y
        case (.transpose(let x), .transpose(let y)), (.reverse(let x), .reverse(let y)): x == y
        case (.reduce(let op, let axes), .reduce(let other, let others)):
            op == other && axes == others
        case (.slice(let starts, let strides), .slice(let s, let t)): starts == s && strides == t
        case (.matmul(let x, let y, let p), .matmul(let z, let w, let q)):
            x == z && y == w && p == q
        case (.conv2d(let p), .conv2d(let q)): p == q
        case (.conv2dInputGradient(let p, let x, let y), .conv2dInputGradient(let q, let z, let w)):
            p == q && x == z && y == w
        case (
            .conv2dWeightGradient(let p, let x, let y), .conv2dWeightGradient(let q, let z, let w)
        ):
            p == q && x == z && y == w
        case (.maxPool2d(let p), .maxPool2d(let q)), (.averagePool2d(let p), .averagePool2d(let q)),
            (.maxPool2dGather(let p), .maxPool2dGather(let q)),
            (.maxPool2dScatter(let p), .maxPool2dScatter(let q)):
            p == q
        case (
            .averagePool2dGradient(let p, let x, let y), .averagePool2dGradient(let q, let z, let w)
        ):
            p == q && x == z && y == w
        case (.resize2d(let p, let x, let y), .resize2d(let q, let z, let w)),
            (.resize2dGradient(let p, let x, let y), .resize2dGradient(let q, let z, let w)):
            p == q && x == z && y == w
        default: false
        }
    }

    /// Feeds the case and its payload, numbers by their bits.
    public func hash(into hasher: inout Hasher) {
        func feed(_ kind: UInt8) { hasher.combine(kind) }
        func feed(_ kind: UInt8, _ value: some Hashable) {
            hasher.combine(kind)
            hasher.combine(value)
        }
        func feed(_ kind: UInt8, _ value: some Hashable, _ x: Int, _ y: Int) {
            feed(kind, value)
            hasher.combine(x)
            hasher.combine(y)
        }
        switch self {
        case .input: feed(0)
        case .full(let value): feed(1, value.bitPattern)
        case .iota(let axis): feed(2, axis)
        case .unary(let op): feed(3, op)
        case .binary(let op): feed(4, op)
        case .compare(let op): feed(5, op)
        case .select: feed(6)
        case .cast(let type): feed(7, type)
        case .stopGradient: feed(8)
        case .reduce(let op, let axes):
            feed(9, op)
            hasher.combine(axes)
        case .argMax(let axis): feed(10, axis)
        case .matmul(let transposeA, let transposeB, let precision):
            feed(11, precision, transposeA ? 1 : 0, transposeB ? 1 : 0)
        case .conv2d(let p): feed(12, p)
        case .conv2dInputGradient(let p, let height, let width): feed(13, p, height, width)
        case .conv2dWeightGradient(let p, let height, let width): feed(14, p, height, width)
        case .maxPool2d(let p): feed(15, p)
        case .maxPool2dGather(let p): feed(16, p)
        case .maxPool2dScatter(let p): feed(17, p)
        case .averagePool2d(let p): feed(18, p)
        case .averagePool2dGradient(let p, let height, let width): feed(19, p, height, width)
        case .resize2d(let mode, let height, let width): feed(20, mode, height, width)
        case .resize2dGradient(let mode, let height, let width): feed(21, mode, height, width)
        case .reshape: feed(22)
        case .transpose(let permutation): feed(23, permutation)
        case .broadcast: feed(24)
        case .slice(let starts, let strides):
            feed(25, starts)
            hasher.combine(strides)
        case .pad(let low, let high, let interior, let value):
            feed(26, value.bitPattern)
            for amounts in [low, high, interior] { hasher.combine(amounts) }
        case .concatenate(let axis): feed(27, axis)
        case .reverse(let axes): feed(28, axes)
        case .gather: feed(29)
        case .scatterAdd(let rows): feed(30, rows)
        case .random(let distribution): feed(31, distribution)
        }
    }
}

extension UnaryOp {
    /// The case, and the bits of its numbers.
    private var identity: (kind: UInt8, first: UInt64, second: UInt64) {
        switch self {
        case .negate: (0, 0, 0)
        case .abs: (1, 0, 0)
        case .sign: (2, 0, 0)
        case .square: (3, 0, 0)
        case .reciprocal: (4, 0, 0)
        case .exp: (5, 0, 0)
        case .log: (6, 0, 0)
        case .sqrt: (7, 0, 0)
        case .rsqrt: (8, 0, 0)
        case .tanh: (9, 0, 0)
        case .sigmoid: (10, 0, 0)
        case .softplus: (11, 0, 0)
        case .erf: (12, 0, 0)
        case .sin: (13, 0, 0)
        case .cos: (14, 0, 0)
        case .relu: (15, 0, 0)
        case .leakyRelu(let slope): (16, slope.bitPattern, 0)
        case .clamp(let low, let high): (17, low.bitPattern, high.bitPattern)
        case .floor: (18, 0, 0)
        case .logicalNot: (19, 0, 0)
        case .isFinite: (20, 0, 0)
        }
    }

    /// Whether both compute the same bits from the same operand.
    public static func == (a: UnaryOp, b: UnaryOp) -> Bool { a.identity == b.identity }

    /// Feeds the case and the bits of its numbers.
    public func hash(into hasher: inout Hasher) {
        let (kind, first, second) = identity
        hasher.combine(kind)
        hasher.combine(first)
        hasher.combine(second)
    }
}
