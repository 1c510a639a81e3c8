/// How the samples of a grid belong together: each picture is a few panes side by side, such as input,
/// output and target, in one way or in several, such as both directions of a translation.
///
/// Pane `p` of way `w` of picture `i` is the grid's sample `(i * ways + w) * panes + p`.
public struct PaneLayout: Sendable, Hashable {
    /// A way of making pictures: what its panes show, first to last.
    public struct Way: Sendable, Hashable {
        /// Its name, where there are several.
        public let title: String
        /// The names of its panes.
        public let panes: [String]

        /// A way.
        public init(title: String = "", panes: [String]) {
            self.title = title
            self.panes = panes
        }
    }

    /// The ways; at least one, each of as many panes, at least two.
    public let ways: [Way]
    /// The pane that stands for a picture where there is room for one only.
    public let made: Int

    /// Ways of as many panes each.
    ///
    /// - Parameter made: The pane with what the network made.
    public init(ways: [Way], made: Int = 1) {
        let counts = Set(ways.map(\.panes.count))
        precondition(
            counts.count == 1 && (counts.first ?? 0) >= 2,
            "[PaneLayout] expected ways of as many panes, two or more, got "
                + "\(ways.map(\.panes.count))")
        precondition(
            ways[0].panes.indices.contains(made),
            "[PaneLayout] expected the made pane in 0..<\(ways[0].panes.count), got \(made)")
        self.ways = ways
        self.made = made
    }

    /// One way, by the names of its panes.
    public init(_ panes: String..., made: Int = 1) {
        self.init(ways: [Way(panes: panes)], made: made)
    }

    /// Panes of a picture in one way.
    public var paneCount: Int { ways[0].panes.count }

    /// How many pictures a grid of so many samples holds; nil where its samples do not come out even,
    /// as in a sheet that was drawn for something else.
    public func pictureCount(_ sampleCount: Int) -> Int? {
        let size = ways.count * paneCount
        return sampleCount > 0 && sampleCount % size == 0 ? sampleCount / size : nil
    }

    /// The sample of a pane.
    package func sample(picture: Int, way: Int, pane: Int) -> Int {
        (picture * ways.count + way) * paneCount + pane
    }

    /// Which panes are laid over each other in turn: neighbours, then the first and the last.
    package var pairs: [(before: Int, after: Int)] {
        let neighbours = (1..<paneCount).map { (before: $0 - 1, after: $0) }
        return paneCount > 2 ? neighbours + [(before: 0, after: paneCount - 1)] : neighbours
    }
}
