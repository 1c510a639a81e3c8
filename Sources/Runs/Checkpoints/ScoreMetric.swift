/// What a checkpoint's score was measured by. Scores of different metrics are never compared.
public struct ScoreMetric: Sendable, Hashable, Codable {
    /// Its exact name, with all that makes two scores comparable:
    /// `FID (squeezenet1.0 pool), 2048 made and 8189 real pictures`.
    public var name: String
    /// Which of two scores is the better one.
    public var order: CheckpointStore.ScoreOrder

    /// A metric.
    public init(name: String, order: CheckpointStore.ScoreOrder) {
        self.name = name
        self.order = order
    }
}
