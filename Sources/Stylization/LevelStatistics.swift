import Networks
import TensorCore

/// The content's moments at one depth of an encoder, gathered tile by tile, and the maps from them to
/// the styles'.
struct LevelStatistics {
    private let grid: TileGrid
    /// Pixels of a cell of the features along each axis.
    private let cell: Int
    private let weights: [Double]
    /// Each style's share in each cell of the whole picture; empty without regions.
    private let shares: [[Float]]
    private var whole: FeatureMoments
    private var parts: [FeatureMoments]

    init(grid: TileGrid, regions: StyleRegions, cell: Int, channels: Int) {
        self.grid = grid
        self.cell = cell
        weights = regions.weights
        shares =
            regions.hasMasks
            ? regions.shares(width: grid.width, height: grid.height, stride: cell) : []
        whole = FeatureMoments(channels: channels)
        parts = shares.map { _ in FeatureMoments(channels: channels) }
    }

    /// Counts those features of a tile's window that are the tile's own.
    mutating func add(_ features: Tensor, _ tile: TileGrid.Tile) {
        let owned = TileGrid.ownership(tile, cell: cell)
        add(features, owned, tile, to: &whole)
        for region in shares.indices {
            let share = grid.part(of: shares[region], in: tile, cell: cell)
            add(features, zip(owned, share).map { $0 * $1 }, tile, to: &parts[region])
        }
    }

    private func add(
        _ features: Tensor, _ weights: [Float], _ tile: TileGrid.Tile,
        to moments: inout FeatureMoments
    ) {
        let total = weights.reduce(0.0) { $0 + Double($1) }
        guard total > 0.01 else { return }
        evaluate(features)
        moments.add(
            FeatureMoments.graph(
                features, weights: tensor(weights, tile), total: Tensor(Float(total))),
            total: total)
    }

    /// For each region the content's moments there, and those of the whole picture where that is next to
    /// nowhere; without regions the whole picture's alone.
    private var moments: [FeatureMoments] {
        shares.isEmpty ? [whole] : parts.map { $0.count < 16 ? whole : $0 }
    }

    /// One map for each region, or without regions one for all styles.
    ///
    /// - Parameters:
    ///   - styles: The moments wanted, of each style.
    ///   - strength: 0 leaves features as they are, 1 maps them wholly.
    ///   - transform: Which moments become the style's.
    func maps(
        to styles: [FeatureMoments], strength: Double, _ transform: FeatureTransfer.Transform
    ) throws(StylizationError) -> [FeatureMap] {
        let found = moments
        var maps: [FeatureMap] = []
        for (index, style) in styles.enumerated() {
            let own = found[min(index, found.count - 1)]
            let map: FeatureMap
            switch transform {
            case .adaptiveInstanceNormalization:
                map = .adaptiveInstanceNormalization(own, to: style)
            case .whiteningAndColouring:
                map = try .whiteningAndColouring(own, to: style)
            }
            maps.append(map.blended(strength: strength))
        }
        if shares.isEmpty { return [.blend(zip(maps, weights).map { ($0, $1) })] }
        return maps
    }

    /// The features of a tile's window, mapped.
    func mapped(_ features: Tensor, _ maps: [FeatureMap], _ tile: TileGrid.Tile) -> Tensor {
        if maps.count == 1 { return maps[0](features) }
        let parts = zip(maps, shares).map { map, share in
            map(features) * tensor(grid.part(of: share, in: tile, cell: cell), tile)
        }
        return parts.dropFirst().reduce(parts[0], +)
    }

    private func tensor(_ values: [Float], _ tile: TileGrid.Tile) -> Tensor {
        Tensor(values, shape: [1, tile.window.height / cell, tile.window.width / cell, 1])
    }
}
