public import TensorCore

/// The numbers of adversarial training. All of them go into a checkpoint.
public struct AdversarialConfiguration: Sendable, Hashable, Codable {
    /// Pictures in a batch.
    public var batchSize = 64
    /// The generator's learning rate.
    public var generatorLearningRate = 2e-4
    /// The discriminator's learning rate.
    public var discriminatorLearningRate = 2e-4
    /// How both learning rates go with the steps.
    public var schedule = LearningRateSchedule.constant
    /// Adam's decay of first moments.
    public var beta1 = 0.5
    /// Adam's decay of second moments.
    public var beta2 = 0.999
    /// How much of the averaged generator is kept in a step.
    public var averageDecay = 0.999
    /// From which every random number of the run follows.
    public var seed: UInt64 = 0
    /// What products may round their operands to.
    public var precision = ComputePrecision.float32

    /// The defaults of DCGAN.
    public init() {}
}

extension ComputePrecision: Codable {}
