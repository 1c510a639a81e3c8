// Element-wise operations. Two operands are broadcast to a common shape as in NumPy: shapes are
// aligned at the last axis, and extents of 1 repeat.

/// The common shape of two operands.
func broadcastShape(_ a: [Int], _ b: [Int], _ op: @autoclosure () -> String) -> [Int] {
    if a == b { return a }
    var result = [Int](repeating: 1, count: max(a.count, b.count))
    for i in 0..<result.count {
        let x = i < result.count - a.count ? 1 : a[i - (result.count - a.count)]
        let y = i < result.count - b.count ? 1 : b[i - (result.count - b.count)]
        precondition(
            x == y || x == 1 || y == 1,
            "[\(op())] expected shapes that broadcast, got \(a) and \(b)")
        result[i] = max(x, y)
    }
    return result
}

extension Tensor {
    func unary(_ op: UnaryOp) -> Tensor {
        precondition(
            dtype.isFloatingPoint || (dtype == .int32 && op.worksOnIntegers),
            "[\(op)] expected float32 or bfloat16, got \(dtype)")
        return Tensor(.unary(op), nodes: [node], shape: shape, dtype: dtype)
    }

    static func binary(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(
            a.dtype == b.dtype,
            "[\(op)] expected operands of one type, got \(a.dtype) and \(b.dtype)")
        precondition(
            a.dtype.isFloatingPoint || (a.dtype == .int32 && op != .power),
            "[\(op)] expected float32, bfloat16 or int32, got \(a.dtype)")
        let shape = broadcastShape(a.shape, b.shape, "\(op)")
        return Tensor(
            .binary(op), nodes: [a.broadcast(to: shape).node, b.broadcast(to: shape).node],
            shape: shape,
            dtype: a.dtype)
    }

    static func compare(_ op: ComparisonOp, _ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(
            a.dtype == b.dtype,
            "[\(op)] expected operands of one type, got \(a.dtype) and \(b.dtype)")
        let shape = broadcastShape(a.shape, b.shape, "\(op)")
        return Tensor(
            .compare(op), nodes: [a.broadcast(to: shape).node, b.broadcast(to: shape).node],
            shape: shape,
            dtype: .bool)
    }

    /// A constant of this tensor's shape and type.
    func constant(_ value: Double) -> Tensor { .full(value, shape: shape, dtype: dtype) }
}

extension UnaryOp {
    var worksOnIntegers: Bool {
        switch self {
        case .negate, .abs, .sign, .square, .clamp: true
        default: false
        }
    }
}

// MARK: - Arithmetic

extension Tensor {
    /// The sum.
    public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, a, b) }
    /// The difference.
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.subtract, a, b) }
    /// The product of elements.
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.multiply, a, b) }
    /// The quotient of elements. Integers round toward zero.
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.divide, a, b) }

    /// The sum with a constant.
    public static func + (a: Tensor, b: Double) -> Tensor { binary(.add, a, a.constant(b)) }
    /// The sum with a constant.
    public static func + (a: Double, b: Tensor) -> Tensor { binary(.add, b.constant(a), b) }
    /// The difference from a constant.
    public static func - (a: Tensor, b: Double) -> Tensor { binary(.subtract, a, a.constant(b)) }
    /// The difference from a constant.
    public static func - (a: Double, b: Tensor) -> Tensor { binary(.subtract, b.constant(a), b) }
    /// The product with a constant.
    public static func * (a: Tensor, b: Double) -> Tensor { binary(.multiply, a, a.constant(b)) }
    /// The product with a constant.
    public static func * (a: Double, b: Tensor) -> Tensor { binary(.multiply, b.constant(a), b) }
    /// The quotient by a constant.
    public static func / (a: Tensor, b: Double) -> Tensor { binary(.divide, a, a.constant(b)) }
    /// The quotient of a constant.
    public static func / (a: Double, b: Tensor) -> Tensor { binary(.divide, b.constant(a), b) }
    /// The negative.
    public static prefix func - (a: Tensor) -> Tensor { a.unary(.negate) }

    /// `self` to the power of `exponent`, element by element.
    public func power(_ exponent: Tensor) -> Tensor { .binary(.power, self, exponent) }
    /// `self` to a constant power.
    public func power(_ exponent: Double) -> Tensor {
        exponent == 2 ? square() : .binary(.power, self, constant(exponent))
    }
}

/// The larger of two elements; NaN if either is NaN.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor { .binary(.maximum, a, b) }

/// The smaller of two elements; NaN if either is NaN.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { .binary(.minimum, a, b) }

/// `a` where the condition holds, `b` elsewhere; all three are broadcast to a common shape.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
    precondition(
        condition.dtype == .bool, "[select] expected a bool condition, got \(condition.dtype)")
    precondition(
        a.dtype == b.dtype, "[select] expected operands of one type, got \(a.dtype) and \(b.dtype)")
    let shape = broadcastShape(
        condition.shape, broadcastShape(a.shape, b.shape, "select"), "select")
    return Tensor(
        .select,
        nodes: [
            condition.broadcast(to: shape).node, a.broadcast(to: shape).node,
            b.broadcast(to: shape).node,
        ],
        shape: shape, dtype: a.dtype)
}

// MARK: - Functions

extension Tensor {
    /// The absolute value.
    public func abs() -> Tensor { unary(.abs) }
    /// -1, 0 or 1.
    public func sign() -> Tensor { unary(.sign) }
    /// The square.
    public func square() -> Tensor { unary(.square) }
    /// `1 / x`.
    public func reciprocal() -> Tensor { unary(.reciprocal) }
    /// `e` to the power of `x`.
    public func exp() -> Tensor { unary(.exp) }
    /// The natural logarithm.
    public func log() -> Tensor { unary(.log) }
    /// The square root.
    public func sqrt() -> Tensor { unary(.sqrt) }
    /// `1 / sqrt(x)`.
    public func rsqrt() -> Tensor { unary(.rsqrt) }
    /// The hyperbolic tangent.
    public func tanh() -> Tensor { unary(.tanh) }
    /// `1 / (1 + exp(-x))`.
    public func sigmoid() -> Tensor { unary(.sigmoid) }
    /// `log(1 + exp(x))`, without overflow.
    public func softplus() -> Tensor { unary(.softplus) }
    /// The error function.
    public func erf() -> Tensor { unary(.erf) }
    /// The sine of radians.
    public func sin() -> Tensor { unary(.sin) }
    /// The cosine of radians.
    public func cos() -> Tensor { unary(.cos) }
    /// `max(x, 0)`.
    public func relu() -> Tensor { unary(.relu) }
    /// `x` where `x > 0`, else `slope * x`.
    public func leakyRelu(slope: Double = 0.2) -> Tensor { unary(.leakyRelu(slope: slope)) }
    /// `x` held inside `low...high`.
    public func clamped(_ low: Double, _ high: Double) -> Tensor {
        precondition(low <= high, "[clamped] expected low <= high, got \(low) and \(high)")
        return unary(.clamp(low: low, high: high))
    }
    /// The largest integer not above `x`.
    public func floor() -> Tensor { unary(.floor) }

    /// Whether each element is neither NaN nor infinite.
    public func isFinite() -> Tensor {
        precondition(dtype.isFloatingPoint, "[isFinite] expected float32 or bfloat16, got \(dtype)")
        return Tensor(.unary(.isFinite), [self], shape: shape, dtype: .bool)
    }

    /// The same values in another type (see `Op.cast`).
    public func cast(to type: DType) -> Tensor {
        type == dtype ? self : Tensor(.cast(type), nodes: [node], shape: shape, dtype: type)
    }

    /// The same values, through which no derivative flows.
    public func stoppingGradient() -> Tensor {
        Tensor(.stopGradient, nodes: [node], shape: shape, dtype: dtype)
    }
}

/// The same values, through which no derivative flows.
public func stopGradient(_ tensor: Tensor) -> Tensor { tensor.stoppingGradient() }

// MARK: - Comparison and logic

extension Tensor {
    /// Whether elements are equal.
    public static func .== (a: Tensor, b: Tensor) -> Tensor { compare(.equal, a, b) }
    /// Whether elements differ.
    public static func .!= (a: Tensor, b: Tensor) -> Tensor { compare(.notEqual, a, b) }
    /// Whether elements are less.
    public static func .< (a: Tensor, b: Tensor) -> Tensor { compare(.less, a, b) }
    /// Whether elements are less or equal.
    public static func .<= (a: Tensor, b: Tensor) -> Tensor { compare(.lessOrEqual, a, b) }
    /// Whether elements are greater.
    public static func .> (a: Tensor, b: Tensor) -> Tensor { compare(.greater, a, b) }
    /// Whether elements are greater or equal.
    public static func .>= (a: Tensor, b: Tensor) -> Tensor { compare(.greaterOrEqual, a, b) }
    /// Whether elements are less than a constant.
    public static func .< (a: Tensor, b: Double) -> Tensor { compare(.less, a, a.constant(b)) }
    /// Whether elements are greater than a constant.
    public static func .> (a: Tensor, b: Double) -> Tensor { compare(.greater, a, a.constant(b)) }

    /// Whether both hold.
    public static func .& (a: Tensor, b: Tensor) -> Tensor { logical(.logicalAnd, a, b) }
    /// Whether either holds.
    public static func .| (a: Tensor, b: Tensor) -> Tensor { logical(.logicalOr, a, b) }
    /// Whether it does not hold.
    public static prefix func ! (a: Tensor) -> Tensor {
        precondition(a.dtype == .bool, "[!] expected bool, got \(a.dtype)")
        return Tensor(.unary(.logicalNot), [a], shape: a.shape, dtype: .bool)
    }

    private static func logical(_ op: BinaryOp, _ a: Tensor, _ b: Tensor) -> Tensor {
        precondition(
            a.dtype == .bool && b.dtype == .bool,
            "[\(op)] expected bool operands, got \(a.dtype) and \(b.dtype)")
        let shape = broadcastShape(a.shape, b.shape, "\(op)")
        return Tensor(
            .binary(op), nodes: [a.broadcast(to: shape).node, b.broadcast(to: shape).node],
            shape: shape,
            dtype: .bool)
    }
}
