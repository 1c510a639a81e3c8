import TensorCore

// Resampling pictures through affine maps, in operations whose derivatives are cheap.
//
// A picture is first made twice as large along both axes by a cubic filter, and then read at four
// neighbouring pixels of the large one. The enlarging is separable, and so two batched products
// with matrices that hold the filter, one for each picture: where a map shrinks, the filter is as
// much wider, so that nothing aliases, and mirroring at the borders is folded into the matrices.
// Reading is one gather, of which the adjoint is one scatter.

/// Pictures `[N, H, W, C]` seen through a map each; beyond their borders they are mirrored, without
/// repeating the edge.
///
/// A map that takes pixels to pixels (turns by quarters, flips, whole steps) gives the very values of
/// the picture. Derivatives flow to the pictures and not to the map.
///
/// The filter is the cubic of Keys 1981, "Cubic Convolution Interpolation for Digital Image
/// Processing", https://doi.org/10.1109/TASSP.1981.1163711, with a = -1/2.
func warped(_ pictures: Tensor, by map: AffineMap) -> Tensor {
    let (count, height, width, channels) = (
        pictures.shape[0], pictures.shape[1], pictures.shape[2], pictures.shape[3]
    )
    precondition(
        count * 4 * height * width <= Int(Int32.max),
        "[warped] expected fewer than 2^29 pixels, got \(pictures.shape)")
    let steps = map.steps
    let rows = matmul(
        enlargement(height, step: steps.y), pictures.reshaped([count, height, width * channels])
    )  // [N, 2H, W * C]
    .reshaped([count, 2 * height, width, channels])
    .transposed([0, 2, 1, 3])  // [N, W, 2H, C]
    let table = matmul(
        enlargement(width, step: steps.x), rows.reshaped([count, width, 2 * height * channels])
    )  // [N, 2W, 2H * C]
    .reshaped([count * 2 * width * 2 * height, channels])

    let x = centred([1, 1, width], axis: 2)
    let y = centred([1, height, 1], axis: 1)
    let u = mirrored(map.a * x + map.b * y + map.s, side: width)  // [N, H, W]
    let v = mirrored(map.c * x + map.d * y + map.t, side: height)
    // The four neighbours: 0 or 1 further along u and v.
    let (alongU, alongV) = (Corner([0, 0, 1, 1]), Corner([0, 1, 0, 1]))
    let picture = Tensor.iota([1, count, 1, 1], axis: 1) * Double(2 * width)
    let index =
        (picture + alongU.place(u, side: width)) * Double(2 * height)
        + alongV.place(v, side: height)  // [4, N, H, W]
    let weight = alongU.weight(u) * alongV.weight(v)
    return (table.gathered(index) * weight.expanded(at: -1)).sum(axes: [0])  // [N, H, W, C]
}

/// The positions along an axis, from the centre.
private func centred(_ shape: [Int], axis: Int) -> Tensor {
    Tensor.iota(shape, axis: axis).cast(to: .float32) - Double(shape[axis] - 1) / 2
}

/// Positions from the centre as positions on the doubled axis, mirrored into it: its integer part and
/// what is left, each `[1, N, H, W]`.
private func mirrored(_ fromCentre: Tensor, side: Int) -> (whole: Tensor, rest: Tensor) {
    let last = Double(side - 1)
    let distance = (fromCentre + last / 2).abs()
    let inPeriod = distance - (distance * (1 / (2 * last))).floor() * (2 * last)
    let place = (last - (inPeriod - last).abs()).clamped(0, last) * 2
    let whole = place.floor()
    return (whole.expanded(at: 0), (place - whole).expanded(at: 0))
}

/// One axis of the four neighbours that are read.
private struct Corner {
    /// `[4, 1, 1, 1]`: 0 or 1, how far the neighbour is.
    let further: Tensor

    init(_ further: [Float]) { self.further = Tensor(further, shape: [4, 1, 1, 1]) }

    func place(_ position: (whole: Tensor, rest: Tensor), side: Int) -> Tensor {
        // The clamp changes nothing but what is not a number: no index may leave the table.
        (position.whole + further).cast(to: .int32).clamped(0, Double(2 * side - 1))
    }

    /// `1 - rest` or `rest`, and exactly 1 or 0 where nothing is left.
    func weight(_ position: (whole: Tensor, rest: Tensor)) -> Tensor {
        (further * 2 - 1) * position.rest + (1 - further)
    }
}

/// `[N, 2S, S]`: the matrices that put new pixels half way between those of an axis, the last one half a
/// step beyond it.
///
/// - Parameters:
///   - side: S.
///   - step: `[N, 1, 1]`: by how much the picture will shrink; up to 1 it stays as sharp as it is.
private func enlargement(_ side: Int, step: Tensor) -> Tensor {
    let shape = [1, 2 * side, side]
    let last = Double(side - 1)
    let place = Tensor.iota(shape, axis: 1).cast(to: .float32) * 0.5
    let source = Tensor.iota(shape, axis: 2).cast(to: .float32)
    let narrowing = step.clamped(1, 4).reciprocal()
    func weight(_ distance: Tensor) -> Tensor { cubicFilter(distance.abs() * narrowing) }
    // A pixel's mirror images beside both ends; those at the ends are their own.
    let before = weight(place + source) * (source .> 0).cast(to: .float32)
    let after = weight(2 * last - source - place) * (source .< last).cast(to: .float32)
    let all = weight(place - source) + before + after
    return all / all.sum(axes: [2], keepingDimensions: true)
}

/// Keys' cubic at a distance that is not negative; exact at whole numbers and halves.
private func cubicFilter(_ t: Tensor) -> Tensor {
    let near = (t * 1.5 - 2.5) * t.square() + 1
    let far = ((t * -0.5 + 2.5) * t - 4) * t + 2
    return select(t .< 1, near, select(t .< 2, far, t.constantLike(0)))
}

extension Tensor {
    /// A constant of this tensor's shape.
    fileprivate func constantLike(_ value: Double) -> Tensor {
        .full(value, shape: shape, dtype: dtype)
    }
}
