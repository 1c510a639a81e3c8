import Files

/// One line of `metrics.jsonl`: the numbers of one step.
public struct MetricsRecord: Equatable, Sendable {
    /// Steps done.
    public var step: Int
    /// When it was logged, in seconds since 1970.
    public var time: Double
    /// Real pictures shown so far.
    public var images: Int
    /// The named numbers, such as `d_loss`. They may be infinite or not a number.
    public var values: [String: Double]

    private static let nonFiniteKey = "nonfinite"
    private static let reserved: Set<String> = ["step", "time", "images", nonFiniteKey]

    /// The numbers of a step, logged now unless a time is given.
    public init(step: Int, time: Double? = nil, images: Int, values: [String: Double]) {
        let taken = Self.reserved.intersection(values.keys)
        precondition(
            taken.isEmpty, "[MetricsRecord] the names \(taken.sorted()) are the record's own")
        self.step = step
        self.time = time ?? WallClock.now
        self.images = images
        self.values = values
    }

    /// The record as a line of JSON, keys in order, without the line feed. JSON has no word for
    /// numbers that are not finite: they are null, and named with what they were under `nonfinite`.
    public var line: String {
        var members: [String: JSONValue] = [
            "step": .integer(step), "time": .number(time), "images": .integer(images),
        ]
        var odd: [String: JSONValue] = [:]
        for (name, value) in values {
            members[name] = value.isFinite ? .number(value) : .null
            if !value.isFinite { odd[name] = .string("\(value)") }
        }
        if !odd.isEmpty { members[Self.nonFiniteKey] = .object(odd) }
        return JSONValue.object(members).text
    }

    /// The record of a line; nil where the line is not one, or counts what no run can.
    public init?(line: some Collection<UInt8>) {
        let bytes = Array(line)
        let value = bytes.withUnsafeBytes { try? JSONValue(parsing: $0) }
        guard case .object(var members)? = value,
            case .integer(let step)? = members.removeValue(forKey: "step"),
            let time = members.removeValue(forKey: "time")?.double,
            case .integer(let images)? = members.removeValue(forKey: "images"),
            RunFolder.counts.contains(step), RunFolder.counts.contains(images), time.isFinite
        else { return nil }
        var values: [String: Double] = [:]
        if case .object(let odd)? = members.removeValue(forKey: Self.nonFiniteKey) {
            for case (let name, .string(let text)) in odd { values[name] = Double(text) }
        }
        for (name, value) in members {
            if let number = value.double { values[name] = number }
        }
        self.step = step
        self.time = time
        self.images = images
        self.values = values
    }
}
