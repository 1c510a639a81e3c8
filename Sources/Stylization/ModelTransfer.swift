public import Imaging
public import Networks
import TensorCore

/// The one style that a ``StyleTransformNetwork`` was trained for.
///
/// Small pictures go through the network whole. Large ones go in tiles, so that memory does not grow with
/// them: the statistics that the network normalises with are taken once, of windows that are spread evenly
/// over the picture at its own resolution (of the whole of it where that fits), and then used in every
/// tile; and a tile's window is wide enough for its middle to be what it would be in the whole. So there
/// are no seams, and strokes are as large as in a whole picture.
public struct ModelTransfer: Sendable {
    /// What the network's pictures are.
    public enum Range: Sendable, Hashable {
        /// -1 ... 1, in and out.
        case signed
        /// 0 ... 255, in and out, as in PyTorch's example.
        case bytes
    }

    /// The network.
    public let network: StyleTransformNetwork
    /// What its pictures are.
    public let range: Range
    /// The longer side of a tile's middle, pixels; nil for tiles only where the picture is too large.
    public var tileSide: Int?
    /// Pixels that go through the network at once, where there is a choice: about a kilobyte of memory
    /// each, with the usual width.
    public var pixelBudget = 1_000_000
    /// The side of the windows that statistics are taken of.
    private static let windowSide = 320

    /// A transfer.
    public init(_ network: StyleTransformNetwork, range: Range) {
        self.network = network
        self.range = range
    }

    /// A picture in the style, of the content's size.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - strength: 0 is the content, 1 the network's picture; between, pixels are mixed.
    public func callAsFunction(_ content: PixelBuffer, strength: Double = 1) -> PixelBuffer {
        do throws(StylizationError) {
            return try stylized(content, strength: strength) { _ in true }
        } catch {
            preconditionFailure("[ModelTransfer] expected nobody to stop it, got \(error)")
        }
    }

    /// A picture in the style, of the content's size, watched.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - strength: 0 is the content, 1 the network's picture; between, pixels are mixed.
    ///   - observe: Gets progress after each tile, and answers whether to go on.
    /// - Throws: `interrupted` if it is told to stop.
    public func stylized(
        _ content: PixelBuffer, strength: Double = 1,
        observe: @escaping (TransferProgress) -> Bool
    ) throws(StylizationError) -> PixelBuffer {
        precondition(
            (0...1).contains(strength),
            "[ModelTransfer] expected a strength of 0 to 1, got \(strength)")
        let start = content.converted(to: .rgb)
        let isWhole = tileSide == nil && start.width * start.height <= pixelBudget
        let grid = TileGrid(
            width: start.width, height: start.height, cell: 4, least: 16,
            tile: isWhole ? max(start.width, start.height) : tileSide ?? 512,
            margin: network.reach)
        let extended = start.extended(width: grid.width, height: grid.height)
        if grid.tiles.count == 1 {
            let pictures = Tensor(picture: extended)
            return mixed(pictures, made(pictures) { network($0) }, strength)
                .cropped(x: 0, y: 0, width: start.width, height: start.height)
        }
        let statistics = statistics(of: extended)
        var counter = TileCounter(total: grid.tiles.count, observe: observe)
        var result = extended
        for tile in grid.tiles {
            let window = tile.window
            let part = Tensor(
                picture: extended.cropped(
                    x: window.x, y: window.y, width: window.width, height: window.height))
            let painted = mixed(part, made(part) { network($0, statistics) }, strength)
            result.place(
                painted.cropped(to: tile.core, from: window), x: tile.core.x, y: tile.core.y)
            try counter.count()
        }
        return result.cropped(x: 0, y: 0, width: start.width, height: start.height)
    }

    /// The statistics that stand for a picture.
    func statistics(of picture: PixelBuffer) -> TransformStatistics {
        let pixels = picture.width * picture.height
        let windows = pixels <= pixelBudget ? [picture] : self.windows(of: picture)
        return network.statistics(
            of: scaled(concatenate(windows.map { Tensor(picture: $0) }, axis: 0)))
    }

    /// Windows that are spread evenly over a picture, as many as the budget allows.
    private func windows(of picture: PixelBuffer) -> [PixelBuffer] {
        let side = min(Self.windowSide, picture.width / 4 * 4, picture.height / 4 * 4)
        let count = max(1, pixelBudget / (side * side))
        func most(_ length: Int) -> Int { (length + side - 1) / side }
        let ratio = Double(picture.width) / Double(picture.height)
        let wanted = max(1, Int((Double(count) * ratio).squareRoot().rounded()))
        var columns = min(wanted, count, most(picture.width))
        let rows = max(1, min(count / columns, most(picture.height)))
        columns = max(1, min(count / rows, most(picture.width)))
        func starts(_ count: Int, _ length: Int) -> [Int] {
            // One alone is in the middle.
            count == 1
                ? [(length - side) / 2] : (0..<count).map { $0 * (length - side) / (count - 1) }
        }
        return starts(rows, picture.height).flatMap { y in
            starts(columns, picture.width).map { x in
                picture.cropped(x: x, y: y, width: side, height: side)
            }
        }
    }

    /// Pictures of 0 ... 1 as the network takes them.
    private func scaled(_ pictures: Tensor) -> Tensor {
        switch range {
        case .signed: pictures * 2 - 1
        case .bytes: pictures * 255
        }
    }

    /// What the network makes of pictures of 0 ... 1, alike.
    private func made(_ pictures: Tensor, _ network: (Tensor) -> Tensor) -> Tensor {
        let result = network(scaled(pictures))
        switch range {
        case .signed: return (result + 1) * 0.5
        case .bytes: return result * (1.0 / 255)
        }
    }

    private func mixed(_ pictures: Tensor, _ made: Tensor, _ strength: Double) -> PixelBuffer {
        (pictures + (made.clamped(0, 1) - pictures) * Tensor(Float(strength))).picture
    }
}
