public import TensorCore

/// A module whose tensors are the exponential moving average of another's:
/// `a = d a + (1 - d) p` after each update.
///
/// With warm-up the decay is `min(decay, (1 + t) / (10 + t))`, so that the first values are soon
/// forgotten. Yazıcı et al. 2019, "The Unusual Effectiveness of Averaging in GAN Training",
/// https://arxiv.org/abs/1806.04498.
public struct ExponentialMovingAverage<Averaged: Module>: Module {
    /// The average.
    public private(set) var average: Averaged
    /// How much of the average is kept in an update, 0 ... 1.
    public var decay: Double
    /// Whether the decay grows from a small one at the beginning.
    public var warmsUp: Bool
    /// How many updates there have been.
    public var step = 0

    /// An average that begins as the module is now.
    public init(of module: Averaged, decay: Double, warmsUp: Bool = true) {
        precondition((0...1).contains(decay), "[EMA] expected a decay in 0...1, got \(decay)")
        average = module
        self.decay = decay
        self.warmsUp = warmsUp
    }

    /// The decay of the next update.
    public var currentDecay: Double {
        warmsUp ? min(decay, Double(1 + step) / Double(10 + step)) : decay
    }

    /// Moves the average toward the module, buffers included; nothing is evaluated yet.
    ///
    /// - Parameters:
    ///   - module: What is averaged.
    ///   - scheduledDecay: The decay of this update in place of `currentDecay`; it may change from step
    ///     to step without a new plan.
    public mutating func update(with module: Averaged, scheduledDecay: Double? = nil) {
        let rate = Tensor(Float(1 - (scheduledDecay ?? currentDecay)))
        let news = module.namedTensors()
        var next = 0
        average.forEachTensor(under: "") { name, tensor, _ in
            precondition(
                news[next].name == name,
                "[EMA] expected a module with \(name), got \(news[next].name)")
            tensor = tensor + (news[next].tensor - tensor) * rate
            next += 1
        }
        step += 1
    }

    /// Visits every tensor under its dotted name, always in the same order.
    public mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        average.forEachTensor(under: path) { name, tensor, _ in body(name, &tensor, .buffer) }
    }
}
