/// How different pictures are from each other: what tells of a generator that makes one and the same.
public struct SampleStatistics: Sendable, Hashable, Codable {
    /// The mean over all pairs of pictures of the root mean square of their pixels' differences; in
    /// bytes for bytes.
    public var meanPairwiseDistance: Double
    /// How many pictures were compared.
    public var count: Int

    /// Most pictures that are compared with each other; the first ones are taken.
    public static let mostCompared = 48

    /// The statistics of pictures as bytes, one after the other.
    public init(bytes: [UInt8], count: Int) {
        self.init(elements: bytes, count: count) { Float($0) }
    }

    /// The statistics of pictures or points as numbers, one after the other.
    public init(values: [Float], count: Int) {
        self.init(elements: values, count: count) { $0 }
    }

    /// The statistics of a grid of samples.
    public init(_ report: SampleReport) {
        self.init(bytes: report.pictures, count: report.count)
    }

    private init<Element>(elements: [Element], count: Int, _ number: (Element) -> Float) {
        precondition(
            count > 1 && elements.count % count == 0 && !elements.isEmpty,
            "[SampleStatistics] expected two pictures or more of one size, got \(elements.count) "
                + "numbers for \(count)")
        let size = elements.count / count
        let compared = min(count, Self.mostCompared)
        let numbers = elements.prefix(compared * size).map(number)
        var total = 0.0
        for first in 0..<compared {
            for second in first + 1..<compared {
                var sum: Float = 0
                for index in 0..<size {
                    let difference = numbers[first * size + index] - numbers[second * size + index]
                    sum += difference * difference
                }
                total += (Double(sum) / Double(size)).squareRoot()
            }
        }
        meanPairwiseDistance = total / Double(compared * (compared - 1) / 2)
        self.count = compared
    }
}
