import Metrics
import TensorCore
import Testing

@Suite struct NeighbourTests {
    private struct Pair { var row: Int, distance: Double }

    /// Pair by pair.
    private func naive(
        _ count: Int, _ queries: FeatureMatrix, _ references: FeatureMatrix, inOneSet: Bool
    ) -> [[Pair]] {
        (0..<queries.rowCount).map { row in
            let all = (0..<references.rowCount).filter { !inOneSet || $0 != row }.map {
                (column: Int) -> Pair in
                let width = queries.featureCount
                var square = 0.0
                for i in 0..<width {
                    let one = Double(queries.values[row * width + i])
                    let other = Double(references.values[column * width + i])
                    square += (one - other) * (one - other)
                }
                return Pair(row: column, distance: square.squareRoot())
            }
            return Array(
                all.sorted { ($0.distance, $0.row) < ($1.distance, $1.row) }.prefix(count))
        }
    }

    private func expectEqual(
        _ found: [[NearestNeighbours.Neighbour]], _ expected: [[Pair]],
        _ what: String
    ) {
        #expect(found.map { $0.map(\.row) } == expected.map { $0.map(\.row) }, "\(what)")
        for (one, other) in zip(found.joined(), expected.joined()) {
            #expect(close(one.distance, other.distance, 1e-12))
        }
    }

    /// Over the tiles' edges at 128 and 1024 rows.
    @Test(arguments: [(1, 1, 3, 1), (127, 1023, 5, 1), (129, 1025, 7, 4), (260, 2100, 17, 9)])
    func theyAreThoseOfAllPairs(_ rows: Int, _ others: Int, _ width: Int, _ count: Int) throws {
        let (queries, references) = (try noise(rows, width), try noise(others, width, seed: 2))
        expectEqual(
            try NearestNeighbours.find(count, of: queries, among: references),
            naive(count, queries, references, inOneSet: false), "between sets")
        guard rows > count else { return }
        expectEqual(
            try NearestNeighbours.find(count, within: queries),
            naive(count, queries, queries, inOneSet: true), "within a set")
    }

    /// Distances of a millionth of the numbers, where the product in float32 sees nothing.
    @Test func aFarAwayCluster() throws {
        let key = RandomKey(seed: 4)
        let values = (0..<200 * 8).map { (i: Int) -> Float in
            4096 + Float(key.integer(UInt64(i), below: 64)) / 512
        }
        let set = try FeatureMatrix(values, featureCount: 8)
        expectEqual(
            try NearestNeighbours.find(3, within: set), naive(3, set, set, inOneSet: true), "far")
    }

    @Test func copiesAreFound() throws {
        let reals = try noise(300, 12)
        let made = reals.rows([7, 250, 7, 0])
        let found = try NearestNeighbours.find(1, of: made, among: reals)
        #expect(found.map { $0[0].row } == [7, 250, 7, 0])
        #expect(found.allSatisfy { $0[0].distance == 0 })
    }

    @Test func tooFewRowsAreRefused() throws {
        let set = try noise(3, 2)
        #expect(
            throws: FeatureError.tooFewRows(
                what: "finding 3 neighbours in a set", found: 3, needed: 4)
        ) { try NearestNeighbours.find(3, within: set) }
        #expect(
            throws: FeatureError.tooFewRows(what: "finding 4 neighbours", found: 3, needed: 4)
        ) { try NearestNeighbours.find(4, of: set, among: set) }
        #expect(throws: FeatureError.differentFeatureCounts(3, 2)) {
            try NearestNeighbours.find(1, of: noise(3, 3), among: set)
        }
    }
}

@Suite struct ManifoldTests {
    @Test(arguments: [(300, 10), (140, 200)])
    func anEqualSetIsPerfect(_ rows: Int, _ width: Int) throws {
        let set = try noise(rows, width)
        let found = try ManifoldMetrics.measure(made: set, real: set)
        #expect(found.precision == 1 && found.recall == 1 && found.coverage == 1)
        #expect(found.density > 0.5)
    }

    @Test func setsFarApartHaveNothingInCommon() throws {
        let set = try noise(200, 6)
        let far = try FeatureMatrix(
            set.values.map { (value: Float) -> Float in value + 100 }, featureCount: 6)
        let found = try ManifoldMetrics.measure(made: far, real: set)
        #expect(found.precision == 0 && found.recall == 0)
        #expect(found.density == 0 && found.coverage == 0)
    }

    /// Good pictures of one kind only: precise, and without recall.
    @Test func aCollapsedSetHasNoRecall() throws {
        let reals = try noise(400, 8)
        let made = reals.rows([Int](repeating: 5, count: 100))
        let found = try ManifoldMetrics.measure(made: made, real: reals)
        #expect(found.precision == 1)
        #expect(found.recall == 1.0 / 400)
        #expect(found.coverage < 0.1)
    }

    @Test func theRestIsRefused() throws {
        let words = "precision and recall with 5 neighbours"
        #expect(throws: FeatureError.tooFewRows(what: words, found: 5, needed: 6)) {
            try ManifoldMetrics.measure(made: noise(50, 3), real: noise(5, 3))
        }
        #expect(throws: FeatureError.differentFeatureCounts(4, 3)) {
            try ManifoldMetrics.measure(made: noise(50, 4), real: noise(50, 3))
        }
    }
}
