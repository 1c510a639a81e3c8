public import Networks
import TensorCore

/// How a classifier does on pictures whose classes are known.
public struct ClassifierEvaluation: Sendable, Hashable, Codable {
    /// For each true class, how many pictures were told to be of each class.
    public private(set) var confusion: [[Int]]

    /// How many pictures there were.
    public var count: Int { confusion.reduce(0) { $0 + $1.reduce(0, +) } }
    /// How many were told right.
    public var rightCount: Int { confusion.indices.reduce(0) { $0 + confusion[$1][$1] } }
    /// The share that was told right, 0 ... 1; 0 of none.
    public var accuracy: Double { count == 0 ? 0 : Double(rightCount) / Double(count) }

    /// The share of a class that was told right, 0 ... 1; nil where there is no picture of it.
    public func accuracy(ofClass number: Int) -> Double? {
        let total = confusion[number].reduce(0, +)
        return total == 0 ? nil : Double(confusion[number][number]) / Double(total)
    }

    /// Lets a network judge pictures.
    ///
    /// - Parameters:
    ///   - network: The classifier, with its running statistics.
    ///   - pictures: `[N, H, W, C]` bytes, row-major, of the network's shape.
    ///   - labels: `[N]`, each a class of the network.
    ///   - chunk: Pictures judged at a time.
    public init(
        _ network: SmallClassifier, pictures: [UInt8], labels: [Int32], chunk: Int = 250
    ) {
        let classes = network.configuration.classCount
        let chunks = PictureChunks(pictures, shape: network.configuration.picture, size: chunk)
        precondition(
            chunks.count == labels.count && labels.allSatisfy { (0..<classes).contains(Int($0)) },
            "[ClassifierEvaluation] expected a label in 0..<\(classes) for each of "
                + "\(chunks.count) pictures, got \(labels.count) labels up to \(labels.max() ?? 0)")
        confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        var network = network
        for part in chunks {
            let logits = network(networkPictures(part.pictures), training: false)
            let answers = logits.argMax(axis: 1).int32s()
            for (item, answer) in zip(part.range, answers) {
                confusion[Int(labels[item])][Int(answer)] += 1
            }
        }
    }
}
