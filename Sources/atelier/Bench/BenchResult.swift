import Glibc
import Workloads

/// A line of results, in the peers' benchmark's JSON.
struct BenchResult {
    var workload: BenchWorkload
    var mode: String
    var sizes: WorkloadSizes
    /// In seconds.
    var median: Double
    /// In seconds.
    var shortest: Double
    var peakByteCount: Int
    /// Further numbers: name, value, digits after the point.
    var further: [(name: String, value: Double, digits: Int)] = []

    /// The most memory that this process has had.
    static var ownPeak: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// The JSON object, on one line.
    var line: String {
        let pairs: [(String, String)] =
            [
                ("workload", "\"\(workload.rawValue)\""), ("mode", "\"\(mode)\""),
                ("batch", "\(sizes.batch)"), ("size", "\(sizes.size)"),
                ("width", "\(sizes.width)"), ("median_ms", Readable.fixed(1000 * median, 3)),
                ("min_ms", Readable.fixed(1000 * shortest, 3)),
                ("images_per_s", Readable.fixed(Double(sizes.batch) / median, 1)),
                ("peak_mb", "\(peakByteCount / (1 << 20))"),
            ] + further.map { ($0.name, Readable.fixed($0.value, $0.digits)) }
        return "{" + pairs.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
    }
}
