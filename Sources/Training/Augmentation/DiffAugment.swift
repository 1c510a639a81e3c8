public import TensorCore

/// The augmentation of Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training",
/// https://arxiv.org/abs/2006.10738, for what a discriminator sees, real and made alike.
///
/// Every picture is changed, by as much as chance has it; derivatives of every order flow to the
/// pictures. The alpha channel is moved and cut out with the picture, and its values are kept by colour.
public struct DiffAugment: Sendable, Hashable, Codable {
    /// What may be done to pictures.
    public enum Policy: String, Sendable, Hashable, Codable, CaseIterable {
        /// Brightness (-0.5 ... 0.5 added), saturation (0 ... 2 times) and contrast (0.5 ... 1.5
        /// times).
        case colour
        /// Moved by up to 1/8 of each side; what comes in is 0.
        case translation
        /// A rectangle of half of each side made 0, its centre anywhere in the picture.
        case cutout

        /// The policy of a name, in either spelling: `colour`, `color`, `translation`, `cutout`.
        public init?(name: String) {
            self.init(rawValue: name == "color" ? "colour" : name)
        }
    }

    /// What is done, in this order.
    public var policies: [Policy]

    /// An augmentation; all policies, in the paper's order, unless told otherwise.
    public init(policies: [Policy] = Policy.allCases) { self.policies = policies }

    /// The augmentation of policies with commas between, such as `colour,cutout`; nil where one of the
    /// names is none.
    public init?(names: String) {
        let parts = names.split(separator: ",").map { part in
            Policy(name: part.filter { !$0.isWhitespace })
        }
        let known = parts.compactMap { $0 }
        guard known.count == parts.count, !known.isEmpty else { return nil }
        policies = known
    }

    /// The pictures, changed.
    ///
    /// - Parameters:
    ///   - pictures: `[N, H, W, C]` in -1 ... 1, of 1 to 4 channels.
    ///   - key: From which what happens to each picture follows.
    /// - Returns: Pictures of the same shape; values may lie beyond -1 ... 1.
    public func callAsFunction(_ pictures: Tensor, key: RandomKey) -> Tensor {
        checkAugmentable(pictures, "DiffAugment")
        let draws = SampleDraws(count: pictures.shape[0], key: key)
        return policies.reduce(pictures) { x, policy in
            switch policy {
            case .colour: recoloured(x, draws)
            case .translation: translated(x, draws)
            case .cutout: cutOut(x, draws)
            }
        }
    }

    /// Brightness, then saturation about each pixel's mean, then contrast about the picture's mean.
    private func recoloured(_ pictures: Tensor, _ draws: SampleDraws) -> Tensor {
        let channels = pictures.shape[3]
        let colours = colourChannels(channels)
        var x = pictures.sliced(axis: 3, 0..<colours)
        x = x + (draws.uniform("brightness") - 0.5).expanded(at: 3)
        if colours == 3 {
            let grey = x.mean(axes: [3], keepingDimensions: true)
            x = (x - grey) * (draws.uniform("saturation") * 2).expanded(at: 3) + grey
        }
        let mean = x.mean(axes: [1, 2, 3], keepingDimensions: true)
        x = (x - mean) * (draws.uniform("contrast") + 0.5).expanded(at: 3) + mean
        return colours == channels
            ? x : concatenate([x, pictures.sliced(axis: 3, colours..<channels)], axis: 3)
    }

    /// Moved by whole pixels inside a frame of zeros.
    private func translated(_ pictures: Tensor, _ draws: SampleDraws) -> Tensor {
        let (count, height, width, channels) = (
            pictures.shape[0], pictures.shape[1], pictures.shape[2], pictures.shape[3]
        )
        let (frameY, frameX) = (Self.largestShift(height), Self.largestShift(width))
        guard frameY + frameX > 0 else { return pictures }
        let frame = [0, frameY, frameX, 0]
        let framed = pictures.padded(low: frame, high: frame)
        let (rows, columns) = (height + 2 * frameY, width + 2 * frameX)
        precondition(
            count * rows * columns <= Int(Int32.max),
            "[DiffAugment] expected fewer than 2^31 pixels, got \(pictures.shape)")
        // Uniform on 0 ... 2 frame: where in the framed picture the result begins.
        let top = draws.choice("translation.y", of: 2 * frameY + 1).cast(to: .int32)
        let left = draws.choice("translation.x", of: 2 * frameX + 1).cast(to: .int32)
        let row =
            Tensor.iota([count, 1, 1]) * Double(rows) + Tensor.iota([1, height, 1], axis: 1) + top
        let pixel = row * Double(columns) + Tensor.iota([1, 1, width], axis: 2) + left
        return framed.reshaped([count * rows * columns, channels]).gathered(pixel)
    }

    /// A rectangle made zero.
    private func cutOut(_ pictures: Tensor, _ draws: SampleDraws) -> Tensor {
        let (height, width) = (pictures.shape[1], pictures.shape[2])
        /// Whether each place of an axis is inside.
        func inside(_ name: String, _ side: Int, axis: Int) -> Tensor {
            let size = Self.hole(side)
            let centre = draws.choice(name, of: side + 1 - size % 2)  // [N, 1, 1]
            var line = [1, 1, 1]
            line[axis] = side
            let place =
                Tensor.iota(line, axis: axis).cast(to: .float32) - centre + Double(size / 2)
            return (place .> -0.5) .& (place .< Double(size) - 0.5)
        }
        let hole =
            inside("cutout.y", height, axis: 1) .& inside("cutout.x", width, axis: 2)  // [N, H, W]
        return pictures * (!hole).cast(to: .float32).expanded(at: 3)
    }

    /// An eighth of a side, rounded.
    private static func largestShift(_ side: Int) -> Int { (side + 4) / 8 }

    /// Half of a side, rounded up.
    private static func hole(_ side: Int) -> Int { (side + 1) / 2 }
}
