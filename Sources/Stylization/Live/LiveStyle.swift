public import TensorCore

/// A network that can style one frame after another: what it keeps of a painting is made once, a frame is
/// one pass.
public protocol LiveStyle: Sendable {
    /// What people know it by.
    var name: String { get }
    /// Whether it takes paintings; one that was trained for a style has its own.
    var takesPaintings: Bool { get }
    /// Both sides of frames and paintings are multiples of this.
    var frameMultiple: Int { get }
    /// The least side of frames and paintings.
    var leastSide: Int { get }

    /// What it keeps of a painting `[1, H, W, 3]`, RGB, 0 ... 1. The mean of two paintings' tensors, one by
    /// one, stands for a style between theirs.
    func traits(of painting: Tensor) -> [Tensor]

    /// Frames `[1, H, W, 3]` in a style; about 0 ... 1, not clamped.
    ///
    /// - Parameters:
    ///   - frame: `[1, H, W, 3]`, RGB, 0 ... 1.
    ///   - traits: What ``traits(of:)`` gave, or a blend.
    ///   - strength: A scalar of 0 ... 1.
    ///   - statistics: Every moment that the frame is normalised by goes through
    ///     ``TemporalStatistics/carried(_:dependOnStyle:)``.
    func styled(
        _ frame: Tensor, traits: [Tensor], strength: Tensor, statistics: inout TemporalStatistics
    ) -> Tensor
}
