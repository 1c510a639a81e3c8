/// What is to be said about a training's health, in words.
public struct HealthMessage: Sendable, Hashable, Codable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: Int, Sendable, Hashable, Codable, Comparable {
        /// Good to know: something is well again.
        case note
        /// Likely to end badly if nothing is done.
        case warning
        /// Already bad.
        case critical

        /// Whether one is less bad than another.
        public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
    }

    /// What it is about.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        /// The discriminator tells real from made pictures without effort.
        case discriminatorWins = "discriminator-wins"
        /// The generator's pictures are all alike.
        case generatorCollapse = "generator-collapse"
        /// The discriminator knows the training pictures by heart.
        case overfitting
        /// The generator's pictures are copies of training pictures.
        case memorisation
        /// A loss or a gradient is far beyond what it was.
        case explosion
        /// A number is NaN or infinite.
        case nonFinite = "non-finite"
    }

    /// The step after which it was noticed.
    public var step: Int
    /// What it is about.
    public var kind: Kind
    /// How bad it is.
    public var severity: Severity
    /// What is happening.
    public var happening: String
    /// What to do about it; empty where there is nothing to do.
    public var advice: String

    /// A message.
    public init(
        step: Int, kind: Kind, severity: Severity, happening: String, advice: String = ""
    ) {
        self.step = step
        self.kind = kind
        self.severity = severity
        self.happening = happening
        self.advice = advice
    }

    /// What is happening, and what to do.
    public var description: String {
        "step \(step): \(happening)" + (advice.isEmpty ? "" : ". \(advice)")
    }
}

extension HealthMessage {
    /// What to do when numbers run away.
    static let calmingAdvice =
        "Lower the learning rates, raise gamma of R1 and R2, clip gradients, or use a larger batch"

    /// A number that is not finite.
    static func nonFinite(step: Int, name: String, value: Float) -> HealthMessage {
        HealthMessage(
            step: step, kind: .nonFinite, severity: .critical, happening: "\(name) became \(value)",
            advice: calmingAdvice)
    }
}
