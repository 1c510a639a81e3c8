public import Imaging
public import Networks
import TensorCore

/// Any painting's style in one pass of an ``ArbitraryStyleNetwork``: at several depths of the encoder
/// each channel's mean and standard deviation become the painting's, and the decoder makes a picture of
/// all of them.
///
/// Moments are those of the whole picture however many tiles it is cut into, and a tile's window is wide
/// enough for its middle to be what it would be in the whole: there are no seams.
public struct SkipTransfer: Sendable {
    /// What is kept of a painting.
    public struct Style: Sendable, Hashable {
        /// Its moments at each depth, deepest first.
        public let moments: [FeatureMoments]
    }

    /// The network.
    public let network: ArbitraryStyleNetwork
    /// The longer side of a tile's middle, pixels.
    public var tileSide = 512

    /// A transfer.
    public init(_ network: ArbitraryStyleNetwork) { self.network = network }

    /// What the network sees of a painting, of any size.
    public func style(of painting: PixelBuffer) -> Style {
        let least = StyleEncoder.smallestSide
        let cell = StyleEncoder.featureStride
        func whole(_ length: Int) -> Int { (max(length, least) + cell - 1) / cell * cell }
        let large = painting.converted(to: .rgb).extended(
            width: whole(painting.width), height: whole(painting.height))
        let features = network.features(of: Tensor(picture: large))
        evaluate(features)
        return Style(moments: features.map { FeatureMoments(of: $0) })
    }

    /// A picture in a style, of the content's size.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - styles: Paintings; several are blended by weight, or have regions.
    ///   - strength: 0 leaves the content's features as they are, 1 takes the style's moments.
    ///   - observe: Gets progress, and answers whether to go on.
    /// - Throws: `interrupted` if it was stopped.
    public func callAsFunction(
        _ content: PixelBuffer, styles: [StyleSource], strength: Double = 1,
        observe: @escaping (TransferProgress) -> Bool = { _ in true }
    ) throws(StylizationError) -> PixelBuffer {
        precondition(
            !styles.isEmpty && (0...1).contains(strength),
            "[SkipTransfer] expected a style or more and a strength of 0 to 1, got "
                + "\(styles.count) and \(strength)")
        let start = content.converted(to: .rgb)
        let regions = StyleRegions(styles, width: content.width, height: content.height)
        let grid = TileGrid(
            width: content.width, height: content.height, cell: StyleEncoder.featureStride,
            least: StyleEncoder.smallestSide, tile: tileSide, margin: network.reach)
        let job = TiledSkipTransfer(
            network: network, grid: grid, regions: regions,
            styles: styles.map { style(of: $0.picture) }, strength: strength)
        let made = try job.run(
            start.extended(width: grid.width, height: grid.height), observe: observe)
        let cropped = made.cropped(x: 0, y: 0, width: content.width, height: content.height)
        return regions.composed(cropped, over: start)
    }
}

/// A picture's tiles through the network.
private struct TiledSkipTransfer {
    let network: ArbitraryStyleNetwork
    let grid: TileGrid
    let regions: StyleRegions
    let styles: [SkipTransfer.Style]
    let strength: Double

    func run(
        _ picture: PixelBuffer, observe: @escaping (TransferProgress) -> Bool
    ) throws(StylizationError) -> PixelBuffer {
        var counter = TileCounter(total: 2 * grid.tiles.count, observe: observe)
        var levels = statistics
        // Of a picture that is one tile the features are kept; those of many would not fit.
        var kept: [Tensor]?
        for tile in grid.tiles {
            let features = network.features(of: picture.tensor(of: tile.window))
            evaluate(features)
            for level in levels.indices { levels[level].add(features[level], tile) }
            if grid.tiles.count == 1 { kept = features }
            try counter.count()
        }
        var maps: [[FeatureMap]] = []
        for (index, level) in levels.enumerated() {
            maps.append(
                try level.maps(
                    to: styles.map { $0.moments[index] }, strength: strength,
                    .adaptiveInstanceNormalization))
        }
        var result = picture
        for tile in grid.tiles {
            let features = kept ?? network.features(of: picture.tensor(of: tile.window))
            let mapped = levels.indices.map {
                levels[$0].mapped(features[$0], maps[$0], tile)
            }
            result.place(
                network.decoder(mapped).picture.cropped(to: tile.core, from: tile.window),
                x: tile.core.x, y: tile.core.y)
            try counter.count()
        }
        return result
    }

    /// Of each depth, deepest first; nothing is counted yet.
    private var statistics: [LevelStatistics] {
        let choices = network.decoder.configuration
        return choices.levels.map { level in
            LevelStatistics(
                grid: grid, regions: regions, cell: 1 << (level - 1),
                channels: choices.featureWidths[level - 1])
        }
    }
}
