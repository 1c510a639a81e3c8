public import Imaging
public import Networks
import TensorCore

/// Any painting's style in a pass or a few: features of the content are mapped so that their moments are
/// the painting's, and decoded.
///
/// Moments are those of the whole picture however many tiles it is cut into, and a tile's window is wide
/// enough for its middle to be what it would be in the whole: there are no seams.
public struct FeatureTransfer: Sendable {
    /// Which moments become the style's.
    public enum Transform: String, Sendable, Hashable, CaseIterable {
        /// Mean and standard deviation of each channel.
        case adaptiveInstanceNormalization = "adain"
        /// Mean and the whole covariance.
        case whiteningAndColouring = "wct"
    }

    /// An encoder and what turns its features into pictures.
    public struct Level: Sendable {
        /// To features.
        public let encoder: DistilledVGGEncoder
        /// To pictures.
        public let decoder: DistilledVGGDecoder

        /// A pair that fits.
        public init(encoder: DistilledVGGEncoder, decoder: DistilledVGGDecoder) {
            precondition(
                encoder.level == decoder.level && encoder.featureCount == decoder.featureCount,
                "[FeatureTransfer.Level] expected an encoder and a decoder of one level and width, got "
                    + "levels \(encoder.level) and \(decoder.level), \(encoder.featureCount) and "
                    + "\(decoder.featureCount) channels")
            self.encoder = encoder
            self.decoder = decoder
        }

        /// How far a pixel of the result can see: the sum of both networks' reaches, rounded up to
        /// whole cells.
        var margin: Int { [8, 16, 32, 80][encoder.level - 1] }
    }

    /// Which moments become the style's.
    public let transform: Transform
    /// The levels, in the order in which they are taken: the deepest first, each from the result of the
    /// one before.
    public let levels: [Level]
    /// The longer side of a tile's middle, pixels.
    public var tileSide = 512

    /// A transfer; Li et al. 2017 take `relu5_1` down to `relu1_1`, Huang and Belongie 2017 `relu4_1`
    /// alone.
    public init(_ transform: Transform, levels: [Level]) {
        precondition(!levels.isEmpty, "[FeatureTransfer] expected a level or more, got none")
        self.transform = transform
        self.levels = levels
    }

    /// A picture in a style, of the content's size.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - styles: Paintings; several are blended by weight, or have regions.
    ///   - strength: 0 leaves the content's features as they are, 1 takes the style's moments.
    ///   - observe: Gets progress, and answers whether to go on. A stop after the first level keeps
    ///     what there is.
    /// - Throws: `interrupted` if there is nothing to keep yet, `decomposition` for moments that are not
    ///   numbers.
    public func callAsFunction(
        _ content: PixelBuffer, styles: [StyleSource], strength: Double = 1,
        observe: @escaping (TransferProgress) -> Bool = { _ in true }
    ) throws(StylizationError) -> PixelBuffer {
        precondition(
            !styles.isEmpty && (0...1).contains(strength),
            "[FeatureTransfer] expected a style or more and a strength of 0 to 1, got "
                + "\(styles.count) and \(strength)")
        let start = content.converted(to: .rgb)
        let regions = StyleRegions(styles, width: content.width, height: content.height)
        let grids = levels.map { grid(for: $0, of: start) }
        var counter = TileCounter(
            total: grids.reduce(0) { $0 + 2 * $1.tiles.count }, observe: observe)
        var picture = start
        for (index, level) in levels.enumerated() {
            do throws(StylizationError) {
                let pass = LevelPass(
                    transform: transform, level: level, grid: grids[index], regions: regions)
                picture = try pass.run(
                    picture, styles: styles, strength: strength, counter: &counter)
            } catch {
                if error == .interrupted && index > 0 { break }
                throw error
            }
        }
        return regions.composed(picture, over: start)
    }

    private func grid(for level: Level, of picture: PixelBuffer) -> TileGrid {
        TileGrid(
            width: picture.width, height: picture.height, cell: level.encoder.featureStride,
            least: level.encoder.smallestSide, tile: tileSide, margin: level.margin)
    }
}

/// One level over all tiles: the content's moments first, then features mapped and decoded.
private struct LevelPass {
    let transform: FeatureTransfer.Transform
    let level: FeatureTransfer.Level
    let grid: TileGrid
    let regions: StyleRegions

    func run(
        _ picture: PixelBuffer, styles: [StyleSource], strength: Double, counter: inout TileCounter
    ) throws(StylizationError) -> PixelBuffer {
        let extended = picture.extended(width: grid.width, height: grid.height)
        var statistics = LevelStatistics(
            grid: grid, regions: regions, cell: level.encoder.featureStride,
            channels: level.encoder.featureCount)
        let wanted = styles.map { style in moments(of: style.picture) }
        for tile in grid.tiles {
            statistics.add(level.encoder(extended.tensor(of: tile.window)), tile)
            try counter.count()
        }
        let maps = try statistics.maps(to: wanted, strength: strength, transform)
        var result = extended
        for tile in grid.tiles {
            let features = level.encoder(extended.tensor(of: tile.window))
            let pixels = level.decoder(statistics.mapped(features, maps, tile))
            result.place(
                pixels.picture.cropped(to: tile.core, from: tile.window), x: tile.core.x,
                y: tile.core.y)
            try counter.count()
        }
        return result.cropped(x: 0, y: 0, width: picture.width, height: picture.height)
    }

    private func moments(of painting: PixelBuffer) -> FeatureMoments {
        let least = level.encoder.smallestSide
        let large = painting.extended(
            width: max(painting.width, least), height: max(painting.height, least))
        return FeatureMoments(of: level.encoder(Tensor(picture: large)))
    }
}

extension PixelBuffer {
    /// An area of the picture as `[1, H, W, 3]`, 0 ... 1.
    func tensor(of area: PictureArea) -> Tensor {
        Tensor(picture: cropped(x: area.x, y: area.y, width: area.width, height: area.height))
    }

    /// An area of the picture that lies in a window, from that window.
    func cropped(to area: PictureArea, from window: PictureArea) -> PixelBuffer {
        cropped(
            x: area.x - window.x, y: area.y - window.y, width: area.width, height: area.height)
    }
}
