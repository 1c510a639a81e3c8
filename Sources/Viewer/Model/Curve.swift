/// A curve of any length in bounded memory: neighbouring points share a bucket that keeps their
/// mean and their extremes, and when the buckets run out every two become one.
package struct Curve: Sendable {
    /// A few neighbouring points.
    package struct Bucket: Sendable, Equatable {
        /// The first step in it.
        package var firstStep: Int
        /// The last step in it.
        package var lastStep: Int
        /// The least value.
        package var low: Double
        /// The greatest value.
        package var high: Double
        /// The sum of the values.
        package var sum: Double
        /// How many values.
        package var count: Int

        /// The mean value.
        package var mean: Double { sum / Double(count) }
        /// Where it is drawn.
        package var step: Double { (Double(firstStep) + Double(lastStep)) / 2 }

        mutating func merge(_ other: Bucket) {
            lastStep = other.lastStep
            low = min(low, other.low)
            high = max(high, other.high)
            sum += other.sum
            count += other.count
        }
    }

    /// The points, oldest first.
    package private(set) var buckets: [Bucket] = []
    /// Points in a full bucket.
    package private(set) var capacity = 1
    private let bucketLimit: Int

    /// An empty curve of at most `bucketLimit` buckets.
    package init(bucketLimit: Int = 4096) {
        precondition(bucketLimit >= 4, "[Curve] expected at least 4 buckets, got \(bucketLimit)")
        self.bucketLimit = bucketLimit
    }

    /// The newest bucket's mean.
    package var newest: Double? { buckets.last?.mean }

    /// Appends a value; one that is not finite is left out.
    package mutating func append(step: Int, value: Double) {
        guard value.isFinite else { return }
        let point = Bucket(
            firstStep: step, lastStep: step, low: value, high: value, sum: value, count: 1)
        if let last = buckets.last, last.count < capacity {
            buckets[buckets.count - 1].merge(point)
            return
        }
        if buckets.count == bucketLimit { halve() }
        buckets.append(point)
    }

    /// Drops everything at `step` and after; a bucket that reaches beyond it goes whole.
    package mutating func truncate(from step: Int) {
        while let last = buckets.last, last.lastStep >= step { buckets.removeLast() }
    }

    private mutating func halve() {
        capacity *= 2
        var merged: [Bucket] = []
        merged.reserveCapacity(bucketLimit)
        for index in stride(from: 0, to: buckets.count, by: 2) {
            var bucket = buckets[index]
            if index + 1 < buckets.count { bucket.merge(buckets[index + 1]) }
            merged.append(bucket)
        }
        buckets = merged
    }

    /// At most `count` buckets that cover the whole curve, for a plot so many pixels wide.
    package func resampled(to count: Int) -> [Bucket] {
        guard count > 0, buckets.count > count else { return buckets }
        var result: [Bucket] = []
        result.reserveCapacity(count)
        for slot in 0..<count {
            let start = slot * buckets.count / count
            let end = (slot + 1) * buckets.count / count
            var bucket = buckets[start]
            for index in (start + 1)..<max(end, start + 1) { bucket.merge(buckets[index]) }
            result.append(bucket)
        }
        return result
    }

    /// The bucket of an ascending list that is nearest to a step.
    package static func nearest(to step: Double, in buckets: [Bucket]) -> Bucket? {
        guard !buckets.isEmpty else { return nil }
        var low = 0
        var high = buckets.count - 1
        while low < high {
            let middle = (low + high) / 2
            if buckets[middle].step < step { low = middle + 1 } else { high = middle }
        }
        if low > 0, step - buckets[low - 1].step < buckets[low].step - step { low -= 1 }
        return buckets[low]
    }
}
