internal import Synchronization

/// How good made samples are and how much of the reals they cover, judged by balls around features
/// that reach to the k-th nearest neighbour in the same set. All four are best at 1.
///
/// Precision and recall: Kynkaanniemi et al. 2019, "Improved Precision and Recall Metric for Assessing
/// Generative Models", https://arxiv.org/abs/1904.06991. Density and coverage: Naeem et al. 2020,
/// "Reliable Fidelity and Diversity Metrics for Generative Models",
/// https://arxiv.org/abs/2002.09797.
public struct ManifoldMetrics: Sendable, Hashable, Codable {
    /// How many neighbours the balls reach to.
    public struct Configuration: Sendable, Hashable, Codable {
        /// For precision and recall.
        public var precisionNeighbours: Int
        /// For density and coverage.
        public var densityNeighbours: Int

        /// The papers' numbers unless given.
        public init(precisionNeighbours: Int = 3, densityNeighbours: Int = 5) {
            self.precisionNeighbours = precisionNeighbours
            self.densityNeighbours = densityNeighbours
        }
    }

    /// The share of made rows in a ball of a real one.
    public var precision: Double
    /// The share of real rows in a ball of a made one.
    public var recall: Double
    /// How many balls of reals a made row is in, on average, divided by the neighbours; it can be
    /// above 1.
    public var density: Double
    /// The share of real rows whose ball has a made one in it.
    public var coverage: Double

    /// Judges made features `[M, F]` by real ones `[N, F]`.
    ///
    /// A row at the very edge of a ball is in it. The distances are compared tile by tile in float32,
    /// and in double where that cannot tell. Time grows with `(N + M)^2 F`, memory with `N + M`.
    ///
    /// - Throws: `FeatureError` for unequal features or too few rows.
    public static func measure(
        made: FeatureMatrix, real: FeatureMatrix, configuration: Configuration = .init()
    ) throws(FeatureError) -> ManifoldMetrics {
        let (few, many) = (configuration.precisionNeighbours, configuration.densityNeighbours)
        precondition(
            few > 0 && many > 0,
            "[ManifoldMetrics] expected neighbour counts from 1, got \(few) and \(many)")
        try FeatureMatrix.check(
            made, real, for: "precision and recall with \(max(few, many)) neighbours",
            needed: max(few, many) + 1)
        let realNeighbours = try NearestNeighbours.find(max(few, many), within: real)
        let madeNeighbours = try NearestNeighbours.find(few, within: made)
        let tiles = DistanceTiles(made, real)
        let balls = Balls(
            precision: squaredRadii(few, realNeighbours, real),
            density: squaredRadii(many, realNeighbours, real),
            recall: squaredRadii(few, madeNeighbours, made))
        let counts = balls.count(tiles, made: made.rowCount, real: real.rowCount)
        let (madeCount, realCount) = (Double(made.rowCount), Double(real.rowCount))
        return ManifoldMetrics(
            precision: Double(counts.madeInBalls) / madeCount,
            recall: Double(counts.realInBalls.count { $0 }) / realCount,
            density: Double(counts.memberships) / (Double(many) * madeCount),
            coverage: Double(counts.realBallsHit.count { $0 }) / realCount)
    }

    /// The squared distances of rows to their neighbours of a rank, to the bit as pairs are measured:
    /// the neighbour itself is then in the ball.
    private static func squaredRadii(
        _ rank: Int, _ neighbours: [[NearestNeighbours.Neighbour]], _ set: FeatureMatrix
    ) -> [Double] {
        neighbours.enumerated().map { row, found in
            set.squaredDistance(of: row, to: set, found[rank - 1].row)
        }
    }
}

/// Squared radii of balls around reals, for two metrics, and around made rows.
private struct Balls {
    var precision: [Double]
    var density: [Double]
    var recall: [Double]

    /// What the three metrics count.
    struct Counts: Sendable {
        var madeInBalls = 0
        var memberships = 0
        var realInBalls: [Bool]
        var realBallsHit: [Bool]

        init(real: Int) {
            realInBalls = [Bool](repeating: false, count: real)
            realBallsHit = realInBalls
        }

        mutating func add(_ other: Counts) {
            madeInBalls += other.madeInBalls
            memberships += other.memberships
            for i in realInBalls.indices {
                realInBalls[i] = realInBalls[i] || other.realInBalls[i]
                realBallsHit[i] = realBallsHit[i] || other.realBallsHit[i]
            }
        }
    }

    func count(_ tiles: DistanceTiles, made: Int, real: Int) -> Counts {
        // A pair matters where `d2 <= radius2`. With what float32 may be off by, that can only be
        // where a tile's value is at most this, less the made row's own length.
        let kept = 1 - 2 * tiles.errorShare
        let ownLimit = (0..<real).map { column in
            Float(max(precision[column], density[column])).nextUp
                - kept * tiles.otherLengths[column]
        }
        let lengthLimit = tiles.otherLengths.map { -kept * $0 }
        let total = Mutex(Counts(real: real))
        tiles.forEachBand { rows, eachTile in
            var counts = Counts(real: real)
            var inBall = [Bool](repeating: false, count: rows.count)
            eachTile { columns, tile in
                for row in rows {
                    let place = row - rows.lowerBound
                    let radius = Float(recall[row]).nextUp
                    let rest = kept * tiles.oneLengths[row]
                    for (i, column) in columns.enumerated() {
                        let value = tile[place * columns.count + i]
                        let limit = max(ownLimit[column], lengthLimit[column] + radius) - rest
                        guard value <= limit else { continue }
                        visit(tiles, row, column, value, &counts, &inBall[place])
                    }
                }
            }
            counts.madeInBalls = inBall.count { $0 }
            total.withLock { $0.add(counts) }
        }
        return total.withLock { $0 }
    }

    /// Counts a pair that may be near.
    private func visit(
        _ tiles: DistanceTiles, _ row: Int, _ column: Int, _ value: Float, _ counts: inout Counts,
        _ inBall: inout Bool
    ) {
        let lengths = tiles.oneLengths[row] + tiles.otherLengths[column]
        let error = Double(tiles.errorShare * lengths)
        var distance = Double(value + lengths)
        let radii = (precision[column], density[column], recall[row])
        if abs(distance - radii.0) <= error || abs(distance - radii.1) <= error
            || abs(distance - radii.2) <= error
        {
            distance = tiles.exact(row, column)
        }
        if distance <= radii.0 { inBall = true }
        if distance <= radii.1 {
            counts.memberships += 1
            counts.realBallsHit[column] = true
        }
        if distance <= radii.2 { counts.realInBalls[column] = true }
    }
}
