/// What a trainer tells its observer. Values, so that they may go to other threads.
public enum TrainingEvent: Sendable {
    /// A step is done.
    case stepped(StepReport)
    /// Pictures from the fixed latents, by the averaged generator.
    case sampled(SampleReport)
    /// Something to be said about the training's health; see `GuardedTraining`.
    case health(HealthMessage)
    /// Training went back to an earlier state; see `GuardedTraining`.
    case rolledBack(RollBack)
}

/// What an observer answers.
public enum TrainingDirective: Sendable {
    /// Go on.
    case more
    /// Stop after this step.
    case stop
}

/// One step.
public struct StepReport: Sendable {
    /// How many steps there have been, this one included.
    public var step: Int
    /// How many real pictures have been seen.
    public var samplesSeen: Int
    /// The values of this step under their names: `d_loss`, `g_loss`, `d_real`, `d_fake`, ...
    public var values: [String: Float]
    /// How long it took, in seconds.
    public var seconds: Double

    /// A report of given values.
    public init(step: Int, samplesSeen: Int, values: [String: Float], seconds: Double) {
        self.step = step
        self.samplesSeen = samplesSeen
        self.values = values
        self.seconds = seconds
    }
}

/// Pictures made from the fixed latents.
public struct SampleReport: Sendable {
    /// After how many steps.
    public var step: Int
    /// `[N, H, W, C]`, row-major.
    public var pictures: [UInt8]
    /// How many pictures there are.
    public var count: Int
    /// The sides of a picture.
    public var height: Int, width: Int
    /// The channels of a picture.
    public var channels: Int
    /// The discriminator's logit of each picture; empty where it was not asked.
    public var scores: [Float] = []
}

/// Why training could not go on.
public enum TrainingError: Error, Sendable, Equatable {
    /// A loss or score was NaN or infinite.
    case nonFinite(step: Int, name: String, value: Float)
    /// The batches ended.
    case outOfData(step: Int)
    /// Numbers ran away again after training had gone back once.
    case diverged(step: Int, cause: String, advice: String)
}
