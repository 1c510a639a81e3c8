/// The side that pictures are best trained at.
public enum FittingSide {
    /// The largest side that is chosen for whoever asks for none.
    public static let mostUnasked = 64

    /// The largest power of two, 16 to `limit`, that nine pictures in ten reach without being enlarged
    /// by more than 15% (28x28 gives 32).
    ///
    /// - Parameters:
    ///   - shortSides: The shorter side of each picture in pixels; 64 where there is none.
    ///   - limit: The largest side that is chosen.
    public static func side(forShortSides shortSides: [Int], atMost limit: Int = 256) -> Int {
        let typical = typicalShortSide(shortSides) ?? 64
        var side = 16
        while 2 * side <= limit && Double(2 * side) <= 1.15 * Double(typical) { side *= 2 }
        return side
    }

    /// What nine pictures in ten have or more.
    static func typicalShortSide(_ shortSides: [Int]) -> Int? {
        shortSides.isEmpty ? nil : shortSides.sorted()[shortSides.count / 10]
    }
}
