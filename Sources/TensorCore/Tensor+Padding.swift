extension Tensor {
    /// A picture `[N, H, W, C]` with `amount` pixels of a constant at each side.
    public func padded2d(_ amount: Int, value: Double = 0) -> Tensor {
        checkImage(self, "padded2d")
        let sides = [0, amount, amount, 0]
        return padded(low: sides, high: sides, value: value)
    }

    /// A picture `[N, H, W, C]` mirrored outwards by `amount` pixels at each side, without repeating
    /// the edge.
    public func reflectionPadded2d(_ amount: Int) -> Tensor {
        checkImage(self, "reflectionPadded2d")
        precondition(
            amount >= 0 && amount < shape[1] && amount < shape[2],
            "[reflectionPadded2d] expected an amount under the sides of \(shape), got \(amount)")
        return widened(by: amount, "reflectionPadded2d") { places, extent in
            (extent - 1) - ((extent - 1) - places.abs()).abs()
        }
    }

    /// A picture `[N, H, W, C]` with its edge repeated outwards by `amount` pixels at each side.
    public func edgePadded2d(_ amount: Int) -> Tensor {
        checkImage(self, "edgePadded2d")
        precondition(amount >= 0, "[edgePadded2d] expected no negative amount, got \(amount)")
        return widened(by: amount, "edgePadded2d") { places, extent in
            places.clamped(0, extent - 1)
        }
    }

    /// A picture made larger by pixels of its own: one pass over memory, and one for the derivative.
    ///
    /// - Parameter source: Where the pixels at `places` (int32, from `-amount` on) of an axis of that
    ///   extent come from.
    private func widened(
        by amount: Int, _ op: String, source: (_ places: Tensor, _ extent: Double) -> Tensor
    ) -> Tensor {
        precondition(
            dtype == .float32, "[\(op)] expected float32, got \(dtype)")
        if amount == 0 { return self }
        let (count, height, width, channels) = (shape[0], shape[1], shape[2], shape[3])
        precondition(
            count * height * width <= Int(Int32.max),
            "[\(op)] expected fewer than 2^31 pixels, got \(shape)")
        func along(_ axis: Int, _ extent: Int) -> Tensor {
            var line = [1, 1, 1]
            line[axis] = extent + 2 * amount
            return source(.iota(line, axis: axis) - Double(amount), Double(extent))
        }
        let rows = along(1, height) + Tensor.iota([count, 1, 1]) * Double(height)
        let pixels = rows * Double(width) + along(2, width)  // [N, H', W']
        return reshaped([count * height * width, channels]).gathered(pixels)
    }
}
