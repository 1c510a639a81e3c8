/// The nearest rows of one set for each row of another: to see what a sample resembles, to find copies
/// of training pictures, and the base of the manifold metrics.
public enum NearestNeighbours {
    /// A row, and how far away it is.
    public struct Neighbour: Sendable, Hashable, Codable {
        /// The index of the row.
        public var row: Int
        /// The Euclidean distance, 0 or more.
        public var distance: Double
    }

    /// Candidates beyond the k nearest: rows whose order float32 cannot tell are among them.
    private static let spare = 8

    /// For each row of `queries`, the `count` nearest rows of `references`, nearest first (of equally
    /// near ones, the first).
    ///
    /// All pairs are compared by matrix products in float32, in tiles; the best are measured again
    /// and put in order in double.
    ///
    /// - Throws: `FeatureError` for unequal features or fewer references than `count`.
    public static func find(
        _ count: Int, of queries: FeatureMatrix, among references: FeatureMatrix
    ) throws(FeatureError) -> [[Neighbour]] {
        precondition(count > 0, "[NearestNeighbours] expected a count from 1, got \(count)")
        guard queries.featureCount == references.featureCount else {
            throw .differentFeatureCounts(queries.featureCount, references.featureCount)
        }
        guard references.rowCount >= count else {
            throw .tooFewRows(
                what: "finding \(count) neighbours", found: references.rowCount, needed: count)
        }
        return search(DistanceTiles(queries, references), count, queries.rowCount, inOneSet: false)
    }

    /// For each row of a set, the `count` nearest of its other rows, nearest first.
    ///
    /// - Throws: `FeatureError.tooFewRows` unless there are more rows than `count`.
    public static func find(
        _ count: Int, within set: FeatureMatrix
    ) throws(FeatureError) -> [[Neighbour]] {
        precondition(count > 0, "[NearestNeighbours] expected a count from 1, got \(count)")
        guard set.rowCount > count else {
            throw .tooFewRows(
                what: "finding \(count) neighbours in a set", found: set.rowCount,
                needed: count + 1)
        }
        return search(DistanceTiles(within: set), count, set.rowCount, inOneSet: true)
    }

    private static func search(
        _ tiles: DistanceTiles, _ count: Int, _ rowCount: Int, inOneSet: Bool
    ) -> [[Neighbour]] {
        let capacity = min(count + spare, tiles.otherLengths.count - (inOneSet ? 1 : 0))
        var found = [[Neighbour]](repeating: [], count: rowCount)
        found.withUnsafeMutableBufferPointer { found in
            nonisolated(unsafe) let found = found
            tiles.forEachBand { rows, eachTile in
                var best = rows.map { _ in Candidates(capacity: capacity) }
                eachTile { columns, tile in
                    for row in rows {
                        let line = (row - rows.lowerBound) * columns.count
                        best[row - rows.lowerBound].take(
                            UnsafeBufferPointer(rebasing: tile[line..<line + columns.count]),
                            lengths: tiles.otherLengths, columns: columns,
                            except: inOneSet ? row : -1)
                    }
                }
                for row in rows {
                    let measured = best[row - rows.lowerBound].rows.map {
                        Neighbour(row: $0, distance: tiles.exact(row, $0))
                    }
                    let nearest = measured.sorted {
                        ($0.distance, $0.row) < ($1.distance, $1.row)
                    }
                    found[row] = nearest.prefix(count).map {
                        Neighbour(row: $0.row, distance: $0.distance.squareRoot())
                    }
                }
            }
        }
        return found
    }

    /// The nearest rows so far, by the approximate distance less the query's own squared length.
    private struct Candidates {
        private let capacity: Int
        private var distances: [Float] = []
        private(set) var rows: [Int] = []
        /// Only what is nearer than this comes in.
        private var bound = Float.infinity

        init(capacity: Int) {
            self.capacity = capacity
            distances.reserveCapacity(capacity + 1)
            rows.reserveCapacity(capacity + 1)
        }

        mutating func take(
            _ line: UnsafeBufferPointer<Float>, lengths: [Float], columns: Range<Int>,
            except: Int
        ) {
            lengths.withUnsafeBufferPointer { lengths in
                for i in line.indices {
                    let distance = line[i] + lengths[columns.lowerBound + i]
                    if distance < bound, columns.lowerBound + i != except {
                        insert(distance, columns.lowerBound + i)
                    }
                }
            }
        }

        private mutating func insert(_ distance: Float, _ row: Int) {
            var place = distances.count
            while place > 0, distances[place - 1] > distance { place -= 1 }
            distances.insert(distance, at: place)
            rows.insert(row, at: place)
            if distances.count > capacity {
                distances.removeLast()
                rows.removeLast()
            }
            if distances.count == capacity { bound = distances[capacity - 1] }
        }
    }
}
