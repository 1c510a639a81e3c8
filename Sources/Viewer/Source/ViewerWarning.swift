/// Something that is unwell with a run, in words.
public struct ViewerWarning: Sendable, Hashable {
    /// What it is, in a word or two.
    public var title: String
    /// The step after which it was noticed.
    public var step: Int?
    /// What is happening.
    public var happening: String
    /// What to do about it; empty where there is nothing to do.
    public var advice: String
    /// Whether it is bad already, not only likely to end badly.
    public var isCritical: Bool

    /// A warning.
    public init(
        title: String, step: Int? = nil, happening: String, advice: String = "",
        isCritical: Bool = false
    ) {
        self.title = title
        self.step = step
        self.happening = happening
        self.advice = advice
        self.isCritical = isCritical
    }
}
