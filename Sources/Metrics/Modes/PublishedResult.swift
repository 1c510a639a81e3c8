/// A row of a paper's table, to stand beside ours.
public struct PublishedResult: Sendable, Hashable, Codable {
    /// A figure as printed.
    public struct Figure: Sendable, Hashable, Codable {
        /// The mean over trials.
        public var mean: Double
        /// The standard error that is printed with it.
        public var standardError: Double?

        /// A mean, and its error where there is one.
        public init(_ mean: Double, _ standardError: Double? = nil) {
            self.mean = mean
            self.standardError = standardError
        }
    }

    /// The method, by the paper's name for it.
    public var method: String
    /// Modes that were found.
    public var modes: Figure
    /// The share of high quality samples, 0 to 1, where the table has it.
    public var highQualityShare: Figure?
    /// The divergence of the modes' shares from equal ones, in nats, where the table has it.
    public var divergence: Figure?
    /// Where it stands: paper, table, URL.
    public var source: String

    /// A row of a table.
    init(
        _ method: String, modes: Figure, highQuality: Figure? = nil, divergence: Figure? = nil,
        source: String
    ) {
        self.method = method
        self.modes = modes
        highQualityShare = highQuality
        self.divergence = divergence
        self.source = source
    }
}
