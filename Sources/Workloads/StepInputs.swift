import TensorCore

/// Gives each step numbers of its own: the keys enter a graph as data, so that the plan stays.
struct StepKeys {
    private let key: RandomKey
    private var count: UInt64 = 0

    init(_ name: String) { key = RandomKey(seed: 0).folded(name) }

    /// The key of the next step.
    mutating func next() -> RandomKey {
        count += 1
        return key.folded(count)
    }
}

/// What a workload learns from: numbers on -1 ... 1, the same in every step, computed now.
func fixedPictures(_ shape: [Int], _ name: String) -> Tensor {
    let pictures = Tensor.uniform(shape, low: -1, high: 1, key: RandomKey(seed: 1).folded(name))
    evaluate(pictures)
    return pictures
}
