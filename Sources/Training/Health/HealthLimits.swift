/// From where on a training is said to be unwell.
public struct HealthLimits: Sendable, Hashable, Codable {
    /// Over how many steps scores are smoothed; nothing is said of them before.
    public var window = 200
    /// The discriminator wins when it finds real pictures so much more real than made ones (the
    /// difference of mean probabilities, 0 ... 1).
    public var scoreGap = 0.95
    /// ... or when it puts so large a share of pairs into the right order.
    public var order = 0.998
    /// The generator collapses when its pictures' mean distance is under this share of the real ones'.
    public var distanceShare = 0.3
    /// ... and has collapsed for good under this one.
    public var lostDistanceShare = 0.05
    /// The discriminator overfits when it finds held-out pictures so far from the training pictures on
    /// the way down to made ones: 0 as real as those, 1 as false as these.
    public var overfitting = 0.5
    /// The generator repeats training pictures when so large a share of its pictures are copies, beyond
    /// the share that training pictures themselves have.
    public var copiedShare = 0.2
    /// A loss or a gradient explodes at so many times its running median (or 1, if that is less).
    public var explosionFactor = 100.0
    /// ... in so many steps one after the other.
    public var explosionPatience = 3
    /// Beyond this a loss or a gradient has exploded at once.
    public var explosionLimit = 1e6
    /// How many steps a running median looks back on.
    public var medianWindow = 101
    /// A message is repeated after so many steps, if it still holds.
    public var reminder = 2000

    /// The limits that suit most trainings.
    public init() {}
}
