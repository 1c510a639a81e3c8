/// The order of paths in which `2.png` comes before `10.png`, the same on every machine.
///
/// Bytes decide, not a locale; runs of digits count as numbers; a folder's files stay together
/// (the separator sorts before everything else); paths that differ only in leading zeros are
/// ordered by their bytes.
enum NaturalOrder {
    /// Whether one path comes before another.
    static func precedes(_ left: String, _ right: String) -> Bool {
        var left = left
        var right = right
        return left.withUTF8 { leftBytes in
            right.withUTF8 { rightBytes in compare(leftBytes, rightBytes) < 0 }
        }
    }

    private typealias Bytes = UnsafeBufferPointer<UInt8>

    private static func compare(_ left: Bytes, _ right: Bytes) -> Int {
        var i = 0
        var j = 0
        while i < left.count && j < right.count {
            if isDigit(left[i]) && isDigit(right[j]) {
                let order = compareNumbers(left, &i, right, &j)
                if order != 0 { return order }
            } else if left[i] != right[j] {
                return rank(left[i]) < rank(right[j]) ? -1 : 1
            } else {
                i += 1
                j += 1
            }
        }
        if i < left.count { return 1 }
        if j < right.count { return -1 }
        return zip(left, right).first { $0 != $1 }.map { $0 < $1 ? -1 : 1 }
            ?? (left.count - right.count)
    }

    /// Compares two runs of digits of any length and moves both indices behind them.
    private static func compareNumbers(
        _ left: Bytes, _ i: inout Int, _ right: Bytes, _ j: inout Int
    ) -> Int {
        let a = significantDigits(left, &i)
        let b = significantDigits(right, &j)
        if a.count != b.count { return a.count < b.count ? -1 : 1 }
        return zip(a, b).first { $0 != $1 }.map { $0 < $1 ? -1 : 1 } ?? 0
    }

    private static func significantDigits(_ bytes: Bytes, _ i: inout Int) -> Slice<Bytes> {
        while i < bytes.count && bytes[i] == UInt8(ascii: "0") { i += 1 }
        let start = i
        while i < bytes.count && isDigit(bytes[i]) { i += 1 }
        return bytes[start..<i]
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func rank(_ byte: UInt8) -> Int { byte == UInt8(ascii: "/") ? -1 : Int(byte) }
}
