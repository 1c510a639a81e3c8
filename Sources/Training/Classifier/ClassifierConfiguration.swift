import Glibc
public import TensorCore

/// The numbers of a classifier's training. The same numbers, data and thread count give the same bits.
public struct ClassifierConfiguration: Sendable, Hashable, Codable {
    /// Pictures in a batch.
    public var batchSize = 128
    /// Steps in all; the learning rate ends at zero with the last.
    public var steps = 3000
    /// The highest learning rate.
    public var learningRate = 0.2
    /// In which part of the steps the learning rate rises to its highest, 0 ... 1.
    public var warmup = 0.2
    /// SGD's momentum (Nesterov's).
    public var momentum = 0.9
    /// How much each weight is drawn to zero.
    public var weightDecay = 5e-4
    /// What part of a label is shared by all classes equally.
    public var smoothing = 0.1
    /// How pictures are changed on the way in.
    public var augmentation = TensorAugmentation()
    /// How much of the averaged network is kept in a step.
    public var averageDecay = 0.998
    /// From which every random number follows.
    public var seed: UInt64 = 0
    /// What products may round their operands to.
    public var precision = ComputePrecision.float32

    /// Numbers that suit MNIST and its kin.
    public init() {}

    /// Why nothing can be trained with these numbers; nil if it can.
    public var problem: String? {
        if !(2...4096).contains(batchSize) {
            return "expected a batch of 2 to 4096, got \(batchSize)"
        }
        if steps < 1 { return "expected a step or more, got \(steps)" }
        if !(learningRate > 0 && learningRate.isFinite) {
            return "expected a positive learning rate, got \(learningRate)"
        }
        for (name, value) in [
            ("warmup", warmup), ("momentum", momentum), ("smoothing", smoothing),
            ("averageDecay", averageDecay),
        ] where !(0...1).contains(value) {
            return "expected \(name) in 0...1, got \(value)"
        }
        if !(weightDecay >= 0 && weightDecay.isFinite) {
            return "expected a weight decay of 0 or more, got \(weightDecay)"
        }
        return augmentation.problem
    }

    /// The learning rate of a step (the first is 0): up in a straight line, down in half a cosine.
    ///
    /// Smith and Topin 2018, "Super-Convergence", https://arxiv.org/abs/1708.07120; the cosine is that
    /// of Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983.
    public func learningRate(at step: Int) -> Double {
        let rise = warmup * Double(steps)
        let place = Double(step) + 0.5
        if place < rise { return learningRate * place / rise }
        let fallen = min(1, (place - rise) / max(Double(steps) - rise, 1))
        return learningRate * 0.5 * (1 + cos(Double.pi * fallen))
    }
}
