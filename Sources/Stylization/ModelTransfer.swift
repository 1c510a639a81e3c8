public import Imaging
public import Networks
import TensorCore

/// The one style that a ``StyleTransformNetwork`` was trained for.
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

    /// A transfer.
    public init(_ network: StyleTransformNetwork, range: Range) {
        self.network = network
        self.range = range
    }

    /// A picture in the style, of the content's size, in one pass over the whole of it.
    ///
    /// - Parameters:
    ///   - content: What is to be changed.
    ///   - strength: 0 is the content, 1 the network's picture; between, pixels are mixed.
    public func callAsFunction(_ content: PixelBuffer, strength: Double = 1) -> PixelBuffer {
        let start = content.converted(to: .rgb)
        func whole(_ length: Int) -> Int { max(16, (length + 3) / 4 * 4) }
        let extended = start.extended(width: whole(start.width), height: whole(start.height))
        let pictures = Tensor(picture: extended)
        let made: Tensor
        switch range {
        case .signed: made = (network(pictures * 2 - 1) + 1) * 0.5
        case .bytes: made = network(pictures * 255) * (1.0 / 255)
        }
        let mixed = pictures + (made.clamped(0, 1) - pictures) * Tensor(Float(strength))
        return mixed.picture.cropped(x: 0, y: 0, width: start.width, height: start.height)
    }
}
