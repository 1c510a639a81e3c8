public import Imaging
import TensorCore

/// Paints a stream: noise out, one pass of a network with moments carried from frame to frame, colours
/// back where they are wanted.
public struct LivePainter: Sendable {
    /// What a frame is to look like.
    public struct Look: Sendable, Hashable {
        /// Each painting's share; they add up to one. Empty for a network of one style.
        public var weights: [Double]
        /// How much style, 0 ... 1.
        public var strength: Double
        /// Whether the frame's colours stay: only luminance gets the style.
        public var keepsColours: Bool

        /// A look.
        public init(weights: [Double], strength: Double = 1, keepsColours: Bool = false) {
            self.weights = weights
            self.strength = strength
            self.keepsColours = keepsColours
        }
    }

    /// A tensor of a style as numbers, which blend without a graph.
    private struct Trait: Sendable {
        var shape: [Int]
        var values: [Float]
    }

    /// The network.
    public let style: any LiveStyle
    /// How many paintings there are.
    public var paintingCount: Int { traits.count }
    private let traits: [[Trait]]
    private var steadying: FrameSteadying
    private var statistics: TemporalStatistics
    private var last: Look?

    /// A painter that has seen no frame.
    ///
    /// - Parameters:
    ///   - style: The network.
    ///   - paintings: Whose styles there are to choose from; none for a network with one of its own.
    ///   - paintingSide: The longer side that they are brought to.
    ///   - steadiness: How far flicker is held down, 0 ... 1: 0 takes every frame for itself.
    public init(
        _ style: any LiveStyle, paintings: [PixelBuffer], paintingSide: Int, steadiness: Double
    ) {
        precondition(
            style.takesPaintings != paintings.isEmpty,
            "[LivePainter] expected \(style.takesPaintings ? "a painting or more" : "no painting") for "
                + "\(style.name), got \(paintings.count)")
        precondition(
            (0...1).contains(steadiness),
            "[LivePainter] expected a steadiness of 0 to 1, got \(steadiness)")
        self.style = style
        traits = paintings.map { painting in
            let scaled = painting.converted(to: .rgb).scaled(
                longerSide: paintingSide, multipleOf: style.frameMultiple, least: style.leastSide)
            let tensors = style.traits(of: Tensor(picture: scaled))
            evaluate(tensors)
            return tensors.map { Trait(shape: $0.shape, values: $0.floats()) }
        }
        steadying = FrameSteadying(strength: steadiness)
        statistics = TemporalStatistics(hold: 0.9 * steadiness)
    }

    /// The next frame in a look, of the frame's size.
    public mutating func paint(_ frame: PixelBuffer, look: Look) -> PixelBuffer {
        precondition(
            look.weights.count == traits.count,
            "[LivePainter.paint] expected \(traits.count) shares, got \(look.weights.count)")
        let (content, isCut) = steadying.steadied(frame.converted(to: .rgb))
        statistics.begin(isCut: isCut, isStyleNew: last != look)
        last = look
        let multiple = style.frameMultiple
        func whole(_ side: Int) -> Int {
            (max(side, style.leastSide) + multiple - 1) / multiple * multiple
        }
        let made = style.styled(
            Tensor(
                picture: content.extended(
                    width: whole(content.width), height: whole(content.height))),
            traits: blend(look.weights), strength: Tensor(Float(look.strength)),
            statistics: &statistics
        ).rounded
        evaluate([made] + statistics.fresh)
        let picture = PixelBuffer(
            width: made.shape[2], height: made.shape[1], format: .rgb, bytes: made.uint8s()
        ).cropped(x: 0, y: 0, width: content.width, height: content.height)
        return look.keepsColours
            ? ColourPreservation.luminance.finished(picture, content: content) : picture
    }

    private func blend(_ weights: [Double]) -> [Tensor] {
        guard let first = traits.first else { return [] }
        return first.indices.map { place in
            var sum = [Float](repeating: 0, count: first[place].values.count)
            for (style, weight) in zip(traits, weights) where weight != 0 {
                for i in sum.indices { sum[i] += Float(weight) * style[place].values[i] }
            }
            return Tensor(sum, shape: first[place].shape)
        }
    }
}
