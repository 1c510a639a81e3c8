extension Tensor {
    /// The same elements, row-major, under another shape. One extent may be -1: what remains.
    public func reshaped(_ newShape: [Int]) -> Tensor {
        var target = newShape
        if let open = target.firstIndex(of: -1) {
            let known = target.enumerated().reduce(1) { $1.offset == open ? $0 : $0 * $1.element }
            precondition(
                known > 0 && elementCount % known == 0,
                "[reshaped] expected a shape of \(elementCount) elements, got \(newShape)")
            target[open] = elementCount / known
        }
        precondition(
            target.reduce(1, *) == elementCount && target.allSatisfy { $0 > 0 },
            "[reshaped] expected a shape of \(elementCount) elements (from \(shape)), got \(newShape)"
        )
        return target == shape ? self : Tensor(.reshape, [self], shape: target, dtype: dtype)
    }

    /// All axes from `from` on made into one.
    public func flattened(from: Int = 0) -> Tensor {
        let from = checkedAxis(from, rank: rank, "flattened")
        return reshaped(Array(shape[..<from]) + [shape[from...].reduce(1, *)])
    }

    /// Axes in another order: axis `i` of the result is axis `permutation[i]` of this tensor.
    public func transposed(_ permutation: [Int]) -> Tensor {
        precondition(
            permutation.sorted() == Array(0..<rank),
            "[transposed] expected a permutation of 0..<\(rank), got \(permutation)")
        if permutation == Array(0..<rank) { return self }
        return Tensor(
            .transpose(permutation), [self], shape: permutation.map { shape[$0] }, dtype: dtype)
    }

    /// The last two axes exchanged.
    public func transposed() -> Tensor {
        precondition(rank >= 2, "[transposed] expected at least 2 axes, got shape \(shape)")
        return transposed(Array(0..<(rank - 2)) + [rank - 1, rank - 2])
    }

    /// Axes of size 1, and axes missing in front, repeated to the extents of `target`.
    public func broadcast(to target: [Int]) -> Tensor {
        if target == shape { return self }
        precondition(
            broadcastShape(shape, target, "broadcast") == target,
            "[broadcast] expected a shape that broadcasts to \(target), got \(shape)")
        let aligned = reshaped([Int](repeating: 1, count: target.count - rank) + shape)
        return aligned.shape == target
            ? aligned : Tensor(.broadcast, [aligned], shape: target, dtype: dtype)
    }

    /// For each axis `sizes` elements, from `starts` on, `strides` apart.
    public func sliced(starts: [Int], sizes: [Int], strides: [Int]? = nil) -> Tensor {
        let strides = strides ?? [Int](repeating: 1, count: rank)
        precondition(
            starts.count == rank && sizes.count == rank && strides.count == rank,
            "[sliced] expected \(rank) starts, sizes and strides, got \(starts), \(sizes), \(strides)"
        )
        for axis in 0..<rank {
            let last = starts[axis] + (sizes[axis] - 1) * strides[axis]
            precondition(
                starts[axis] >= 0 && sizes[axis] > 0 && strides[axis] > 0 && last < shape[axis],
                "[sliced] expected a range inside axis \(axis) of \(shape), got start "
                    + "\(starts[axis]), size \(sizes[axis]), stride \(strides[axis])")
        }
        if sizes == shape { return self }
        return Tensor(.slice(starts: starts, strides: strides), [self], shape: sizes, dtype: dtype)
    }

    /// The elements of `range` along an axis.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = checkedAxis(axis, rank: rank, "sliced")
        var starts = [Int](repeating: 0, count: rank)
        var sizes = shape
        starts[axis] = range.lowerBound
        sizes[axis] = range.count
        return sliced(starts: starts, sizes: sizes)
    }

    /// Elements of `value` added: `low` before, `high` after and `interior` between neighbours,
    /// for each axis.
    public func padded(low: [Int], high: [Int], interior: [Int]? = nil, value: Double = 0) -> Tensor
    {
        let interior = interior ?? [Int](repeating: 0, count: rank)
        precondition(
            low.count == rank && high.count == rank && interior.count == rank
                && (low + high + interior).allSatisfy { $0 >= 0 },
            "[padded] expected \(rank) non-negative amounts, got \(low), \(high), \(interior)")
        var target = shape
        for axis in 0..<rank {
            target[axis] += low[axis] + high[axis]
            target[axis] += (shape[axis] - 1) * interior[axis]
        }
        if target == shape { return self }
        return Tensor(
            .pad(low: low, high: high, interior: interior, value: value), [self], shape: target,
            dtype: dtype)
    }

    /// The order of elements turned round along each of `axes`.
    public func reversed(axes: [Int]) -> Tensor {
        let axes = checkedAxes(axes, rank: rank, "reversed")
        return axes.isEmpty
            ? self : Tensor(.reverse(axes: axes), [self], shape: shape, dtype: dtype)
    }

    /// A new axis of extent 1 before axis `at`; -1 appends it.
    public func expanded(at: Int) -> Tensor {
        let place = at < 0 ? at + rank + 1 : at
        precondition(
            (0...rank).contains(place), "[expanded] expected a place in 0...\(rank), got \(at)")
        var target = shape
        target.insert(1, at: place)
        return reshaped(target)
    }

    /// The rows of this table `[V, ...]` at int32 `indices` `[I...]`, as `[I..., ...]`.
    /// An index outside `0..<V` stops the program when it is evaluated.
    public func gathered(_ indices: Tensor) -> Tensor {
        precondition(rank >= 1, "[gathered] expected a table [V, ...], got a scalar")
        precondition(
            indices.dtype == .int32, "[gathered] expected int32 indices, got \(indices.dtype)")
        return Tensor(
            .gather, [self, indices], shape: indices.shape + Array(shape.dropFirst()), dtype: dtype)
    }

    /// These updates `[I..., ...]` added up in the rows that int32 `indices` `[I...]` name, as
    /// `[rows, ...]`.
    public func scatteredAdd(_ indices: Tensor, rows: Int) -> Tensor {
        precondition(
            indices.dtype == .int32 && dtype == .float32,
            "[scatteredAdd] expected float32 updates and int32 indices, got \(dtype), \(indices.dtype)"
        )
        precondition(
            rank >= indices.rank && Array(shape[..<indices.rank]) == indices.shape,
            "[scatteredAdd] expected updates that begin with \(indices.shape), got \(shape)")
        return Tensor(
            .scatterAdd(rows: rows), [self, indices], shape: [rows] + Array(shape[indices.rank...]),
            dtype: dtype)
    }

    /// For int32 class numbers `[I...]`, `[I..., classes]` with 1 at the class and 0 elsewhere.
    public func oneHot(classes: Int, dtype type: DType = .float32) -> Tensor {
        precondition(dtype == .int32, "[oneHot] expected int32 classes, got \(dtype)")
        let target = shape + [classes]
        return (Tensor.iota(target, axis: rank) .== expanded(at: -1)).cast(to: type)
    }
}

/// Tensors one after the other along an axis; all other extents are equal.
public func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    guard let first = tensors.first else {
        preconditionFailure("[concatenate] expected at least one tensor, got none")
    }
    if tensors.count == 1 { return first }
    let axis = checkedAxis(axis, rank: first.rank, "concatenate")
    var shape = first.shape
    for tensor in tensors.dropFirst() {
        var other = tensor.shape
        precondition(
            other.count == shape.count && tensor.dtype == first.dtype,
            "[concatenate] expected \(first.dtype) of rank \(first.rank), got \(tensor)")
        let extent = other[axis]
        other[axis] = shape[axis]
        precondition(
            other == shape,
            "[concatenate] expected shapes equal but for axis \(axis), got \(first.shape) and "
                + "\(tensor.shape)")
        shape[axis] += extent
    }
    return Tensor(.concatenate(axis: axis), tensors, shape: shape, dtype: first.dtype)
}

/// Tensors of one shape as rows of a new first axis.
public func stacked(_ tensors: [Tensor]) -> Tensor {
    concatenate(tensors.map { $0.expanded(at: 0) }, axis: 0)
}

/// Traps unless the tensor is a batch of pictures.
func checkImage(_ tensor: Tensor, _ op: String) {
    precondition(tensor.rank == 4, "[\(op)] expected input [N, H, W, C], got \(tensor.shape)")
}
