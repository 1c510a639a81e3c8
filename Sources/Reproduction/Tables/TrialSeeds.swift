import TensorCore

/// The seeds of independent trials.
enum TrialSeeds {
    /// The seed of a trial; methods share it, so that they begin from the same data.
    static func seed(_ seed: UInt64, trial: Int) -> UInt64 {
        let key = RandomKey(seed: seed).folded("trial").folded(UInt64(trial))
        return UInt64(key.high) << 32 | UInt64(key.low)
    }
}
