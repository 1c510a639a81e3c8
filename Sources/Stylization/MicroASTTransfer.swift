public import Imaging
public import Networks
import TensorCore

/// Any painting's style by ``MicroAST``, for pictures of any size.
///
/// Large pictures go through in tiles that share the moments of the whole: two passes gather them, the
/// third makes the picture, without seams.
public struct MicroASTTransfer: Sendable {
    /// The network.
    public let network: MicroAST
    /// The longer side of a tile's middle, pixels.
    public var tileSide = 768
    /// How far a pixel of the result can see.
    private static let margin = 64

    /// A transfer.
    public init(_ network: MicroAST) { self.network = network }

    /// A picture in a style, of the content's size.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - styles: Paintings; several are blended by weight, or have regions.
    ///   - strength: 0 leaves the moments of the content's features, 1 takes the style's. The style's
    ///     filters are at work either way.
    ///   - observe: Gets progress, and answers whether to go on.
    /// - Throws: `interrupted` if it was stopped.
    public func callAsFunction(
        _ content: PixelBuffer, styles: [StyleSource], strength: Double = 1,
        observe: @escaping (TransferProgress) -> Bool = { _ in true }
    ) throws(StylizationError) -> PixelBuffer {
        precondition(
            !styles.isEmpty && (0...1).contains(strength),
            "[MicroASTTransfer] expected a style or more and a strength of 0 to 1, got "
                + "\(styles.count) and \(strength)")
        let start = content.converted(to: .rgb)
        let regions = StyleRegions(styles, width: content.width, height: content.height)
        let cell = MicroAST.featureStride
        let grid = TileGrid(
            width: content.width, height: content.height, cell: cell,
            least: MicroAST.smallestSide, tile: tileSide, margin: Self.margin)
        let job = TiledMicroAST(
            network: network, grid: grid,
            styles: styles.map { style in
                let painting = style.picture.converted(to: .rgb).scaled(
                    longerSide: max(style.picture.width, style.picture.height), multipleOf: cell,
                    least: MicroAST.smallestSide)
                let known = network.style(of: Tensor(picture: painting))
                evaluate(known.tensors)
                return known
            },
            weights: regions.weights,
            shares: regions.hasMasks
                ? regions.shares(width: grid.width, height: grid.height, stride: cell) : nil,
            strength: Tensor(Float(strength)))
        let made = try job.run(
            start.extended(width: grid.width, height: grid.height), observe: observe)
        let cropped = made.cropped(x: 0, y: 0, width: content.width, height: content.height)
        return regions.composed(cropped, over: start)
    }
}

/// A picture's tiles through the network.
private struct TiledMicroAST {
    let network: MicroAST
    let grid: TileGrid
    let styles: [MicroAST.Style]
    let weights: [Double]
    /// Each style's share in each cell of the features, where there are regions.
    let shares: [[Float]]?
    let strength: Tensor

    private static let cell = MicroAST.featureStride

    func run(
        _ picture: PixelBuffer, observe: @escaping (TransferProgress) -> Bool
    ) throws(StylizationError) -> PixelBuffer {
        if grid.tiles.count == 1 {
            let result = network(
                Tensor(picture: picture), style: style(in: grid.tiles[0]), strength: strength)
            let made = result.picture
            _ = observe(TransferProgress(done: 1, total: 1))
            return made
        }
        var counter = TileCounter(total: 3 * grid.tiles.count, observe: observe)
        let content = try moments(&counter) { tile in features(picture, tile) }
        let middle = try moments(&counter) { tile in
            decodedOnce(picture, tile, content)
        }
        var result = picture
        for tile in grid.tiles {
            let pixels = network.decoded(
                decodedOnce(picture, tile, content), moments: middle, style: style(in: tile),
                strength: strength)
            result.place(
                pixels.picture.cropped(to: tile.core, from: tile.window), x: tile.core.x,
                y: tile.core.y)
            try counter.count()
        }
        return result
    }

    /// The moments of features over all tiles, each place once.
    private func moments(
        _ counter: inout TileCounter, _ features: (TileGrid.Tile) -> Tensor
    ) throws(StylizationError) -> MicroAST.Moments {
        var sum = FeatureMoments(channels: MicroAST.featureCount)
        for tile in grid.tiles {
            let owned = TileGrid.ownership(tile, cell: Self.cell)
            let total = owned.reduce(0.0) { $0 + Double($1) }
            sum.add(
                FeatureMoments.graph(
                    features(tile), weights: map(owned, tile), total: Tensor(Float(total))),
                total: total)
            try counter.count()
        }
        func tensor(_ values: [Double]) -> Tensor {
            Tensor(values.map { Float($0) }, shape: [1, 1, 1, values.count])
        }
        return MicroAST.Moments(
            mean: tensor(sum.mean),
            deviation: tensor(sum.variances.map { ($0 + 1e-5).squareRoot() }))
    }

    private func features(_ picture: PixelBuffer, _ tile: TileGrid.Tile) -> Tensor {
        let window = tile.window
        return network.contentFeatures(
            of: Tensor(
                picture: picture.cropped(
                    x: window.x, y: window.y, width: window.width, height: window.height)))
    }

    private func decodedOnce(
        _ picture: PixelBuffer, _ tile: TileGrid.Tile, _ moments: MicroAST.Moments
    ) -> Tensor {
        network.firstDecoded(
            features(picture, tile), moments: moments, style: style(in: tile), strength: strength)
    }

    private func map(_ values: [Float], _ tile: TileGrid.Tile) -> Tensor {
        Tensor(
            values, shape: [1, tile.window.height / Self.cell, tile.window.width / Self.cell, 1])
    }

    /// The blend of the styles in a tile: the same everywhere, or by region.
    private func style(in tile: TileGrid.Tile) -> MicroAST.Style {
        guard let shares else { return .blend(zip(styles, weights).map { ($0, $1) }) }
        let maps = shares.map { map(grid.part(of: $0, in: tile, cell: Self.cell), tile) }
        return .blend(zip(styles, maps).map { ($0, $1) })
    }
}
