public import TensorCore

/// A source of test data: the same numbers for the same seed on every machine.
public struct TestRandom: RandomNumberGenerator {
    private let key: RandomKey
    private var position: UInt64 = 0

    /// The source of a seed.
    public init(seed: UInt64) { key = RandomKey(seed: seed) }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        position += 2
        return UInt64(key.word(position - 2)) << 32 | UInt64(key.word(position - 1))
    }

    /// A number on [low, high).
    public mutating func uniform(_ low: Double = 0, _ high: Double = 1) -> Double {
        low + (high - low) * Double(next() >> 11) * 0x1p-53
    }

    /// An element of a list.
    public mutating func choice<T>(_ list: [T]) -> T {
        list[Int(uniform() * Double(list.count))]
    }

    /// Floats on [low, high).
    public mutating func floats(_ shape: [Int], _ low: Double = -1, _ high: Double = 1) -> [Float] {
        (0..<shape.reduce(1, *)).map { _ in Float(uniform(low, high)) }
    }

    /// A float32 tensor with elements on [low, high).
    public mutating func tensor(_ shape: [Int], _ low: Double = -1, _ high: Double = 1) -> Tensor {
        Tensor(floats(shape, low, high), shape: shape)
    }

    /// An int32 tensor with elements on 0..<bound.
    public mutating func integers(_ shape: [Int], below bound: Int) -> Tensor {
        Tensor(
            int32: (0..<shape.reduce(1, *)).map { _ in Int32(uniform() * Double(bound)) },
            shape: shape)
    }
}
