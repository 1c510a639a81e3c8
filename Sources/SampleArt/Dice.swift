import TensorCore

/// Numbers drawn one after another from a key's stream.
struct Dice {
    private let key: RandomKey
    private var drawn: UInt64 = 0

    init(key: RandomKey) {
        self.key = key
    }

    /// A number on [0, 1).
    mutating func unit() -> Float {
        defer { drawn += 1 }
        return key.uniform(drawn)
    }

    /// A number of a range, even over it.
    mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

    /// A number of `centre` plus or minus `spread`, likelier near the centre.
    mutating func near(_ centre: Float, _ spread: Float) -> Float {
        centre + spread * (unit() + unit() - 1)
    }

    /// An integer of a closed range.
    mutating func whole(_ low: Int, _ high: Int) -> Int {
        min(high, low + Int(unit() * Float(high - low + 1)))
    }

    /// One of several; there must be one.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[whole(0, elements.count - 1)]
    }
}
