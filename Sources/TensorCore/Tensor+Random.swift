extension Tensor {
    /// Uniform random numbers on [0, 1). `key` is int32 `[2]`, as made by `Tensor(_: RandomKey)`.
    public static func uniform(_ shape: [Int], key: Tensor) -> Tensor {
        random(.uniform, shape, key, .float32)
    }

    /// Uniform random numbers on [0, 1).
    public static func uniform(_ shape: [Int], key: RandomKey) -> Tensor {
        uniform(shape, key: Tensor(key))
    }

    /// Uniform random numbers on [low, high).
    public static func uniform(_ shape: [Int], low: Double, high: Double, key: RandomKey) -> Tensor
    {
        uniform(shape, key: key) * (high - low) + low
    }

    /// Standard normal random numbers. `key` is int32 `[2]`, as made by `Tensor(_: RandomKey)`.
    public static func normal(_ shape: [Int], key: Tensor) -> Tensor {
        random(.normal, shape, key, .float32)
    }

    /// Standard normal random numbers.
    public static func normal(_ shape: [Int], key: RandomKey) -> Tensor {
        normal(shape, key: Tensor(key))
    }

    /// `true` with a given probability.
    public static func bernoulli(_ shape: [Int], probability: Double, key: RandomKey) -> Tensor {
        uniform(shape, key: key) .< probability
    }

    /// 32 random bits an element, as int32.
    public static func randomBits(_ shape: [Int], key: RandomKey) -> Tensor {
        random(.bits, shape, Tensor(key), .int32)
    }

    /// A random permutation of `0..<count`, as int32; the same as `key.permutation(count)`.
    public static func permutation(_ count: Int, key: RandomKey) -> Tensor {
        random(.permutation, [count], Tensor(key), .int32)
    }

    private static func random(
        _ distribution: RandomDistribution, _ shape: [Int], _ key: Tensor, _ dtype: DType
    ) -> Tensor {
        checkShape(shape, "random")
        precondition(
            key.shape == [2] && key.dtype == .int32, "[random] expected a key int32 [2], got \(key)"
        )
        return Tensor(.random(distribution), [key], shape: shape, dtype: dtype)
    }
}
