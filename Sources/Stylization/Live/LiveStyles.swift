import Networks
public import TensorCore

extension MicroASTTransfer: LiveStyle {
    /// What people know it by.
    public var name: String { "MicroAST" }
    /// Whether it takes paintings.
    public var takesPaintings: Bool { true }
    /// What sides of frames are multiples of.
    public var frameMultiple: Int { MicroAST.sideMultiple }
    /// The least side of a frame.
    public var leastSide: Int { MicroAST.smallestSide }

    /// What it keeps of a painting `[1, H, W, 3]`, RGB, 0 ... 1.
    public func traits(of painting: Tensor) -> [Tensor] { network.style(of: painting).tensors }

    /// Frames `[1, H, W, 3]` in a style, with moments carried from frame to frame.
    public func styled(
        _ frame: Tensor, traits: [Tensor], strength: Tensor, statistics: inout TemporalStatistics
    ) -> Tensor {
        let style = MicroAST.Style(tensors: traits)
        func moments(of features: Tensor, dependOnStyle: Bool) -> MicroAST.Moments {
            let own = MicroAST.Moments(of: features)
            let carried = statistics.carried(
                [own.mean, own.deviation], dependOnStyle: dependOnStyle)
            return .init(mean: carried[0], deviation: carried[1])
        }
        let features = network.contentFeatures(of: frame)
        let middle = network.firstDecoded(
            features, moments: moments(of: features, dependOnStyle: false), style: style,
            strength: strength)
        return network.decoded(
            middle, moments: moments(of: middle, dependOnStyle: true), style: style,
            strength: strength)
    }
}

/// Adaptive instance normalisation of the first of the levels.
extension FeatureTransfer: LiveStyle {
    /// What people know it by.
    public var name: String { "AdaIN" }
    /// Whether it takes paintings.
    public var takesPaintings: Bool { true }
    /// What sides of frames are multiples of.
    public var frameMultiple: Int { levels[0].encoder.featureStride }
    /// The least side of a frame.
    public var leastSide: Int { levels[0].encoder.smallestSide }

    /// What it keeps of a painting `[1, H, W, 3]`, RGB, 0 ... 1.
    public func traits(of painting: Tensor) -> [Tensor] {
        AdaptiveNormalisation.traits(of: levels[0].encoder(painting))
    }

    /// Frames `[1, H, W, 3]` in a style, with moments carried from frame to frame.
    public func styled(
        _ frame: Tensor, traits: [Tensor], strength: Tensor, statistics: inout TemporalStatistics
    ) -> Tensor {
        precondition(
            transform == .adaptiveInstanceNormalization,
            "[FeatureTransfer.styled] expected adain, got \(transform.rawValue)")
        let features = levels[0].encoder(frame)
        return levels[0].decoder(
            AdaptiveNormalisation.mapped(features, to: traits[...], strength, &statistics))
    }
}

extension SkipTransfer: LiveStyle {
    /// What people know it by.
    public var name: String { "Atelier" }
    /// Whether it takes paintings.
    public var takesPaintings: Bool { true }
    /// What sides of frames are multiples of.
    public var frameMultiple: Int { StyleEncoder.featureStride }
    /// The least side of a frame.
    public var leastSide: Int { StyleEncoder.smallestSide }

    /// What it keeps of a painting `[1, H, W, 3]`, RGB, 0 ... 1.
    public func traits(of painting: Tensor) -> [Tensor] {
        network.features(of: painting).flatMap { AdaptiveNormalisation.traits(of: $0) }
    }

    /// Frames `[1, H, W, 3]` in a style, with moments carried from frame to frame.
    public func styled(
        _ frame: Tensor, traits: [Tensor], strength: Tensor, statistics: inout TemporalStatistics
    ) -> Tensor {
        let count = AdaptiveNormalisation.traitCount
        let mapped = network.features(of: frame).enumerated().map { level, features in
            AdaptiveNormalisation.mapped(
                features, to: traits.dropFirst(level * count).prefix(count), strength,
                &statistics)
        }
        return network.decoder(mapped)
    }
}

/// One depth of adaptive instance normalisation.
private enum AdaptiveNormalisation {
    static let traitCount = 3

    /// Mean and deviation of each channel, and what was added to the variances.
    static func traits(of features: Tensor) -> [Tensor] {
        let own = moments(of: features)
        // As FeatureMap adds it: less than the usual 1e-5 where all features are small.
        let largest = own.variance.floats().reduce(1e-20) { max($0, $1) }
        let least = Tensor([1e-5 * min(1, largest)], shape: [1, 1, 1, 1])
        return [own.mean, (own.variance + least).sqrt(), least]
    }

    static func mapped(
        _ features: Tensor, to traits: ArraySlice<Tensor>, _ strength: Tensor,
        _ statistics: inout TemporalStatistics
    ) -> Tensor {
        precondition(
            traits.count == traitCount,
            "[LiveStyle.styled] expected \(traitCount) traits for a depth, got \(traits.count)")
        let traits = Array(traits)
        let own = moments(of: features)
        let carried = statistics.carried([own.mean, own.variance])
        let mapped =
            (features - carried[0]) / (carried[1] + traits[2]).sqrt() * traits[1] + traits[0]
        return features + (mapped - features) * strength
    }

    private static func moments(of features: Tensor) -> (mean: Tensor, variance: Tensor) {
        let count = Double(features.shape[1] * features.shape[2])
        let mean = features.mean(axes: [1, 2], keepingDimensions: true)
        let squares = (features - mean).square().sum(axes: [1, 2], keepingDimensions: true)
        return (mean, squares / max(count - 1, 1))
    }
}

extension ModelTransfer: LiveStyle {
    /// What people know it by.
    public var name: String { "one style" }
    /// Whether it takes paintings.
    public var takesPaintings: Bool { false }
    /// What sides of frames are multiples of.
    public var frameMultiple: Int { 4 }
    /// The least side of a frame.
    public var leastSide: Int { 16 }

    /// What it keeps of a painting `[1, H, W, 3]`, RGB, 0 ... 1.
    public func traits(of painting: Tensor) -> [Tensor] { [] }

    /// Frames `[1, H, W, 3]` in a style, with moments carried from frame to frame.
    public func styled(
        _ frame: Tensor, traits: [Tensor], strength: Tensor, statistics: inout TemporalStatistics
    ) -> Tensor {
        func network(_ pictures: Tensor) -> Tensor {
            self.network(pictures) { mean, variance in
                let carried = statistics.carried([mean, variance])
                return (carried[0], carried[1])
            }
        }
        let made: Tensor
        switch range {
        case .signed: made = (network(frame * 2 - 1) + 1) * 0.5
        case .bytes: made = network(frame * 255) * (1.0 / 255)
        }
        return frame + (made.clamped(0, 1) - frame) * strength
    }
}
