import Glibc
import Networks
public import TensorCore

/// The numbers of a distillation. The same numbers, pictures, teacher and thread count give the same
/// bits, unless the training is bounded by time.
public struct DistillationConfiguration: Sendable, Hashable, Codable {
    /// Channels of the student's blocks, first to last.
    public var widths = StyleEncoder.defaultWidths
    /// The side of the patches that are compared, in pixels; a multiple of 16.
    public var side = 128
    /// Patches in a batch.
    public var batchSize = 8
    /// Steps in all; the learning rate ends at zero with the last.
    public var steps = 20_000
    /// The highest learning rate.
    public var learningRate = 2e-3
    /// From which every random number follows.
    public var seed: UInt64 = 0
    /// What products may round their operands to.
    public var precision = ComputePrecision.float32

    /// Numbers that suit a thin student and an hour on two cores.
    public init() {}

    /// Why nothing can be trained with these numbers; nil if it can.
    public var problem: String? {
        if widths.count != 4 || !widths.allSatisfy((1...4096).contains) {
            return "expected four widths of 1 to 4096, got \(widths)"
        }
        if !(16...1024).contains(side) || side % 16 != 0 {
            return
                "expected patches with a side of 16 to 1024 that is a multiple of 16, got \(side)"
        }
        if !(1...1024).contains(batchSize) {
            return "expected 1 to 1024 patches in a batch, got \(batchSize)"
        }
        if !(1...Int(Int32.max)).contains(steps) { return "expected a step or more, got \(steps)" }
        if !(learningRate > 0 && learningRate <= 1) {
            return "expected a learning rate above 0, at most 1, got \(learningRate)"
        }
        return nil
    }

    /// The learning rate after a share of the training, 0 ... 1: up in a straight line over the first
    /// fiftieth, then down in half a cosine (Loshchilov and Hutter 2017,
    /// https://arxiv.org/abs/1608.03983).
    public func learningRate(after share: Double) -> Double {
        let rise = 0.02
        // Never zero at the beginning: the first step counts too.
        if share < rise { return learningRate * max(share / rise, 0.02) }
        let fallen = min(1, (share - rise) / (1 - rise))
        return learningRate * 0.5 * (1 + cos(Double.pi * fallen))
    }
}
