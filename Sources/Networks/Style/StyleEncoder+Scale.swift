public import TensorCore

extension StyleEncoder {
    /// The same network but for the size of its activations: each has a root mean square of one over some
    /// pictures, as Gatys, Ecker and Bethge 2016 have it. ReLU and maxima let a factor through, so it moves
    /// from a layer's weights into the next one's.
    ///
    /// Published networks differ a hundredfold in size, and a decoder that is to be trained on one learns
    /// best from numbers of about one.
    ///
    /// - Parameter pictures: `[N, H, W, 3]`, RGB, 0 ... 1, sides of 16 or more.
    public func normalized(on pictures: Tensor) -> StyleEncoder {
        let names = activationNames
        let sizes = activations(of: pictures, at: names).map { ($0.square().mean() + 1e-12).sqrt() }
        evaluate(sizes)
        var factors: [String: (weight: Double, bias: Double)] = [:]
        var before = 1.0
        for (name, size) in zip(names, sizes) {
            // An activation that is nowhere above zero has no size to speak of.
            let factor = 1 / max(Double(size.scalar()), 1e-3)
            let layer = "conv" + name.dropFirst(4).replacing("_", with: "")
            factors[layer] = (weight: factor / before, bias: factor)
            before = factor
        }
        var result = self
        result.mapTensors { name, tensor in
            let parts = name.split(separator: ".")
            guard parts.count == 2, let factor = factors[String(parts[0])] else { return tensor }
            return tensor * (parts[1] == "weight" ? factor.weight : factor.bias)
        }
        evaluate(result.namedTensors().map(\.tensor))
        return result
    }
}
