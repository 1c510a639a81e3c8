extension Tensor {
    private func reduced(_ op: ReductionOp, _ axes: [Int]?, keepingDimensions: Bool) -> Tensor {
        precondition(
            dtype == .float32 || dtype == .bfloat16,
            "[\(op)] expected float32 or bfloat16, got \(dtype)")
        let axes = axes.map { checkedAxes($0, rank: rank, "\(op)") } ?? Array(0..<rank)
        var kept = shape
        for axis in axes { kept[axis] = 1 }
        let result =
            axes.allSatisfy { shape[$0] == 1 }
            ? self : Tensor(.reduce(op, axes: axes), nodes: [node], shape: kept, dtype: dtype)
        if keepingDimensions { return result }
        return result.reshaped(
            shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element))
    }

    /// The sum over `axes` (all of them unless given).
    public func sum(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        reduced(.sum, axes, keepingDimensions: keepingDimensions)
    }

    /// The mean over `axes` (all of them unless given).
    public func mean(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        let total = sum(axes: axes, keepingDimensions: keepingDimensions)
        return total * (Double(total.elementCount) / Double(elementCount))
    }

    /// The largest over `axes` (all of them unless given). NaN if any is NaN.
    public func max(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        reduced(.max, axes, keepingDimensions: keepingDimensions)
    }

    /// The smallest over `axes` (all of them unless given). NaN if any is NaN.
    public func min(axes: [Int]? = nil, keepingDimensions: Bool = false) -> Tensor {
        reduced(.min, axes, keepingDimensions: keepingDimensions)
    }

    /// The int32 index of the first largest element along an axis, which is left out.
    public func argMax(axis: Int) -> Tensor {
        precondition(dtype == .float32, "[argMax] expected float32, got \(dtype)")
        let axis = checkedAxis(axis, rank: rank, "argMax")
        var kept = shape
        kept[axis] = 1
        let result = Tensor(.argMax(axis: axis), [self], shape: kept, dtype: .int32)
        kept.remove(at: axis)
        return result.reshaped(kept)
    }

    /// The mean of squared distances to the mean over `axes` (divided by the count).
    ///
    /// Computed as `E[(x - c)^2] - (m - c)^2` with `c` the mean cut off from derivatives. As an
    /// identity it holds for every constant `c`, so derivatives of any order are right; with
    /// this `c` nothing cancels, and the derivative needs no pass over the data to add up to zero.
    public func variance(axes: [Int], mean: Tensor? = nil) -> Tensor {
        let average = mean ?? self.mean(axes: axes, keepingDimensions: true)
        let centre = stopGradient(average)
        return (self - centre).square().mean(axes: axes, keepingDimensions: true)
            - (average - centre).square()
    }

    /// `exp(x) / sum(exp(x))` along an axis.
    public func softmax(axis: Int = -1) -> Tensor {
        let axis = checkedAxis(axis, rank: rank, "softmax")
        let top = stopGradient(max(axes: [axis], keepingDimensions: true))
        let powers = (self - top).exp()
        return powers / powers.sum(axes: [axis], keepingDimensions: true)
    }

    /// The logarithm of `softmax`, without overflow.
    public func logSoftmax(axis: Int = -1) -> Tensor {
        let axis = checkedAxis(axis, rank: rank, "logSoftmax")
        let top = stopGradient(max(axes: [axis], keepingDimensions: true))
        let shifted = self - top
        return shifted - shifted.exp().sum(axes: [axis], keepingDimensions: true).log()
    }
}
