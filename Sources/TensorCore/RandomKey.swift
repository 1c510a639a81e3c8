/// A key of the counter-based random numbers: the same key gives the same numbers on every machine
/// and backend. There is no global generator; keys are split and folded, never advanced.
///
/// The generator is Threefry-2x32 with 20 rounds: Salmon et al. 2011, "Parallel Random Numbers: As
/// Easy as 1, 2, 3", https://doi.org/10.1145/2063384.2063405. Element `i` of a stream is word
/// `i & 1` of the block with counter `i >> 1` (low word first), so a longer stream begins with
/// a shorter one.
public struct RandomKey: Hashable, Sendable, Codable {
    /// The first key word.
    public var high: UInt32
    /// The second key word.
    public var low: UInt32

    /// A key from its two words.
    public init(high: UInt32, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// The key of a seed.
    public init(seed: UInt64) {
        self.init(
            high: UInt32(truncatingIfNeeded: seed >> 32), low: UInt32(truncatingIfNeeded: seed))
    }

    /// The key of a numbered stream under this one, such as a step or the index of an image.
    /// Different numbers, all below 2^63, give independent keys.
    public func folded(_ number: UInt64) -> RandomKey {
        precondition(number >> 63 == 0, "[folded] expected a number below 2^63, got \(number)")
        // The two words of a number's block are its key; the top bit of the counter keeps these
        // blocks apart from those of the key's own stream, which never gets that far.
        let block = Self.threefry(
            key: self, UInt32(truncatingIfNeeded: number),
            UInt32(truncatingIfNeeded: number >> 32) | 0x8000_0000)
        return RandomKey(high: block.0, low: block.1)
    }

    /// The key of a named stream under this one, such as `latents`. Names are hashed by FNV-1a.
    public func folded(_ name: String) -> RandomKey {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return folded(hash >> 1)
    }

    /// As many independent keys as asked for.
    public func split(_ count: Int) -> [RandomKey] { (0..<count).map { folded(UInt64($0)) } }

    /// Element `index` of the key's stream of random words.
    public func word(_ index: UInt64) -> UInt32 {
        let counter = index >> 1
        let block = Self.threefry(
            key: self, UInt32(truncatingIfNeeded: counter),
            UInt32(truncatingIfNeeded: counter >> 32))
        return index & 1 == 0 ? block.0 : block.1
    }

    /// Element `index` of the key's stream of uniform numbers on [0, 1), multiples of 2^-24.
    public func uniform(_ index: UInt64) -> Float { Float(word(index) >> 8) * 0x1p-24 }

    /// An integer on `0..<bound` from element `index` of the stream. The bias is below `bound / 2^32`.
    public func integer(_ index: UInt64, below bound: Int) -> Int {
        Int((UInt64(word(index)) &* UInt64(bound)) >> 32)
    }

    /// A permutation of `0..<count`, by the shuffle of Fisher and Yates.
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for i in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(i, integer(UInt64(count - 1 - i), below: i + 1))
        }
        return order
    }

    /// One block of Threefry-2x32-20.
    package static func threefry(key: RandomKey, _ c0: UInt32, _ c1: UInt32) -> (UInt32, UInt32) {
        let schedule = (key.high, key.low, key.high ^ key.low ^ 0x1BD1_1BDA)
        var x0 = c0 &+ schedule.0
        var x1 = c1 &+ schedule.1
        @inline(__always) func round(_ rotation: UInt32) {
            x0 = x0 &+ x1
            x1 = (x1 << rotation) | (x1 >> (32 - rotation))
            x1 ^= x0
        }
        round(13)
        round(15)
        round(26)
        round(6)
        x0 = x0 &+ schedule.1
        x1 = x1 &+ schedule.2 &+ 1
        round(17)
        round(29)
        round(16)
        round(24)
        x0 = x0 &+ schedule.2
        x1 = x1 &+ schedule.0 &+ 2
        round(13)
        round(15)
        round(26)
        round(6)
        x0 = x0 &+ schedule.0
        x1 = x1 &+ schedule.1 &+ 3
        round(17)
        round(29)
        round(16)
        round(24)
        x0 = x0 &+ schedule.1
        x1 = x1 &+ schedule.2 &+ 4
        round(13)
        round(15)
        round(26)
        round(6)
        x0 = x0 &+ schedule.2
        x1 = x1 &+ schedule.0 &+ 5
        return (x0, x1)
    }
}
