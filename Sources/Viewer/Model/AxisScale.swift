/// A range with round marks on it.
package struct AxisScale: Sendable, Equatable {
    /// The values at the two ends.
    package var range: ClosedRange<Double>
    /// The values that get a mark, ascending, within `range`.
    package var ticks: [Double]
    /// Digits after the point that tell the marks apart.
    package var decimals: Int

    /// About `count` marks at 1, 2 or 5 times a power of ten. `expand` moves the ends out to marks.
    package init(covering range: ClosedRange<Double>, count: Int, expand: Bool) {
        var (low, high) = (range.lowerBound, range.upperBound)
        if !low.isFinite { low = high.isFinite ? min(0, high) : 0 }
        if !high.isFinite { high = max(1, low) }
        // Beyond this the length of the range, or a mark outside of it, is infinite.
        (low, high) = (min(max(low, -1e300), 1e300), min(max(high, -1e300), 1e300))
        if high - low < 1e-9 * max(1, abs(low), abs(high)) {
            let half = max(abs(low) * 0.05, 0.05)
            (low, high) = (low - half, high + half)
        }
        let step = Self.roundStep((high - low) / Double(max(count, 1)))
        if expand {
            low = (low / step + 1e-6).rounded(.down) * step
            high = (high / step - 1e-6).rounded(.up) * step
        }
        self.range = low...high
        self.decimals = Self.decimals(of: step)
        var ticks: [Double] = []
        var multiple = (low / step - 1e-6).rounded(.up)
        while multiple * step <= high + step * 1e-6, ticks.count < 100 {
            ticks.append(multiple == 0 ? 0 : multiple * step)
            multiple += 1
        }
        self.ticks = ticks
    }

    /// Where a value lies, 0 at the lower and 1 at the upper end.
    package func position(of value: Double) -> Double {
        (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    private static func roundStep(_ raw: Double) -> Double {
        var power = 1.0
        while power * 10 <= raw { power *= 10 }
        while power > raw { power /= 10 }
        let fraction = raw / power
        return (fraction <= 1 ? 1 : fraction <= 2 ? 2 : fraction <= 5 ? 5 : 10) * power
    }

    private static func decimals(of step: Double) -> Int {
        var scaled = step
        var digits = 0
        while digits < 9, abs(scaled - scaled.rounded()) > 1e-6 * scaled {
            scaled *= 10
            digits += 1
        }
        return digits
    }
}
