public import TensorCore

/// Which classes the generator is asked for in training.
public enum FakeLabels: Sendable, Hashable, Codable {
    /// Every class equally often.
    case uniform
    /// As often as in the data: how many pictures each class has.
    case histogram([Int])
    /// Those of the step's real pictures, one by one: for losses over pairs.
    case paired

    /// int32 `[count]`, drawn from a key.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - classes: How many classes there are.
    ///   - real: The classes of the step's real pictures.
    ///   - key: What is drawn from.
    public func draw(_ count: Int, classes: Int, real: Tensor?, key: RandomKey) -> Tensor {
        switch self {
        case .uniform:
            let labels = (0..<count).map { Int32(key.integer(UInt64($0), below: classes)) }
            return Tensor(int32: labels, shape: [count])
        case .histogram(let counts):
            precondition(
                counts.count == classes && counts.allSatisfy { $0 >= 0 }
                    && counts.contains { $0 > 0 },
                "[FakeLabels] expected a count from 0 on for each of \(classes) classes, got \(counts)"
            )
            let total = counts.reduce(0, +)
            let labels = (0..<count).map { index in
                var rest = key.integer(UInt64(index), below: total)
                return Int32(
                    counts.firstIndex { size in
                        rest -= size
                        return rest < 0
                    } ?? classes - 1)
            }
            return Tensor(int32: labels, shape: [count])
        case .paired:
            guard let real, real.shape == [count] else {
                preconditionFailure(
                    "[FakeLabels] expected labels [\(count)] of real pictures to pair with, got "
                        + "\(real.map { "\($0.shape)" } ?? "none")")
            }
            return real
        }
    }
}
