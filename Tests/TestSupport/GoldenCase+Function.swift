public import TensorCore

extension GoldenCase {
    /// The case in terms of the tensor API: a function of its operands.
    ///
    /// A case whose operation is not known here is an error of the test, and stops it.
    public func callAsFunction(_ x: [Tensor]) -> Tensor {
        let axes = list("axes")
        let axis = integer("axis", default: 0)
        switch op {
        case "add": return x[0] + x[1]
        case "subtract": return x[0] - x[1]
        case "multiply": return x[0] * x[1]
        case "divide": return x[0] / x[1]
        case "power": return x[0].power(x[1])
        case "maximum": return maximum(x[0], x[1])
        case "minimum": return minimum(x[0], x[1])
        case "equal": return x[0] .== x[1]
        case "notEqual": return x[0] .!= x[1]
        case "less": return x[0] .< x[1]
        case "lessOrEqual": return x[0] .<= x[1]
        case "greater": return x[0] .> x[1]
        case "greaterOrEqual": return x[0] .>= x[1]
        case "logicalAnd": return x[0] .& x[1]
        case "logicalOr": return x[0] .| x[1]
        case "logicalNot": return !x[0]
        case "select": return select(x[0], x[1], x[2])
        case "castToInt32": return x[0].cast(to: .int32)
        case "castToUInt8": return x[0].cast(to: .uint8)
        case "roundToBFloat16": return x[0].cast(to: .bfloat16).cast(to: .float32)
        case "sum": return x[0].sum(axes: axes, keepingDimensions: true)
        case "mean": return x[0].mean(axes: axes, keepingDimensions: true)
        case "max": return x[0].max(axes: axes, keepingDimensions: true)
        case "min": return x[0].min(axes: axes, keepingDimensions: true)
        case "variance": return x[0].variance(axes: axes)
        case "argMax": return x[0].argMax(axis: axis).expanded(at: axis)
        case "softmax": return x[0].softmax(axis: axis)
        case "logSoftmax": return x[0].logSoftmax(axis: axis)
        case "matmul":
            return matmul(
                x[0], x[1], transposeA: integer("transposeA", default: 0) == 1,
                transposeB: integer("transposeB", default: 0) == 1)
        case "conv2d": return conv2d(x[0], x[1], convolution)
        case "convTransposed2d":
            return convTransposed2d(
                x[0], x[1], convolution, outputPadding: integer("outputPadding", default: 0))
        case "maxPool2d": return maxPool2d(x[0], pool)
        case "averagePool2d": return averagePool2d(x[0], pool)
        case "resizeNearest", "resizeBilinear":
            return resized2d(
                x[0], op == "resizeNearest" ? .nearest : .bilinear,
                height: integer("height", default: 0), width: integer("width", default: 0))
        case "batchNormTrain", "batchNormEval", "runningMean", "runningVariance":
            return normalisation(x)
        default: return moved(x) ?? unary(x[0])
        }
    }

    private func moved(_ x: [Tensor]) -> Tensor? {
        switch op {
        case "reshape": return x[0].reshaped(list("shape"))
        case "transpose": return x[0].transposed(list("axes"))
        case "broadcast": return x[0].broadcast(to: list("shape"))
        case "flip": return x[0].reversed(axes: list("axes"))
        case "concatenate": return concatenate(x, axis: integer("axis", default: 0))
        case "gather": return x[0].gathered(x[1])
        case "oneHot": return x[0].oneHot(classes: integer("classes", default: 0))
        case "slice":
            let starts = list("starts")
            let strides = list("strides")
            let sizes = zip(zip(starts, list("ends")), strides).map {
                ($0.1 - $0.0 + $1 - 1) / $1
            }
            return x[0].sliced(starts: starts, sizes: sizes, strides: strides)
        case "padConstant":
            return x[0].padded(low: list("low"), high: list("high"), value: number("value"))
        case "padReflect": return x[0].reflectionPadded2d(integer("amount", default: 0))
        default: return nil
        }
    }

    private func unary(_ x: Tensor) -> Tensor {
        switch op {
        case "negate": return -x
        case "abs": return x.abs()
        case "sign": return x.sign()
        case "square": return x.square()
        case "reciprocal": return x.reciprocal()
        case "exp": return x.exp()
        case "log": return x.log()
        case "sqrt": return x.sqrt()
        case "rsqrt": return x.rsqrt()
        case "tanh": return x.tanh()
        case "sigmoid": return x.sigmoid()
        case "softplus": return x.softplus()
        case "erf": return x.erf()
        case "sin": return x.sin()
        case "cos": return x.cos()
        case "relu": return x.relu()
        case "leakyRelu": return x.leakyRelu(slope: number("slope"))
        case "clamp": return x.clamped(number("low"), number("high"))
        case "floor": return x.floor()
        case "isFinite": return x.isFinite()
        default: preconditionFailure("[GoldenCase] no function for \(op)")
        }
    }

    /// Batch norm in the terms of the core; the layer has tests of its own.
    private func normalisation(_ x: [Tensor]) -> Tensor {
        let axes = Array(0..<(x[0].rank - 1))
        let count = x[0].elementCount / x[0].shape[x[0].rank - 1]
        let mean = x[0].mean(axes: axes, keepingDimensions: true)
        let variance = x[0].variance(axes: axes, mean: mean)
        switch op {
        case "batchNormTrain":
            return (x[0] - mean) * (variance + number("epsilon")).rsqrt() * x[1] + x[2]
        case "batchNormEval":
            return (x[0] - x[3]) * (x[4] + number("epsilon")).rsqrt() * x[1] + x[2]
        case "runningMean":
            return x[1] * (1 - number("momentum")) + mean.reshaped([-1]) * number("momentum")
        default:
            let unbiased = variance.reshaped([-1]) * (Double(count) / Double(count - 1))
            return x[2] * (1 - number("momentum")) + unbiased * number("momentum")
        }
    }
}
