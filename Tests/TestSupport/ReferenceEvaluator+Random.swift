import Foundation
import TensorCore

extension ReferenceEvaluator {
    static func random(
        _ distribution: RandomDistribution, _ key: ReferenceTensor, _ count: Int
    ) -> [Double] {
        let words = key.values.map { UInt32(bitPattern: Int32($0)) }
        let key = RandomKey(high: words[0], low: words[1])
        switch distribution {
        case .bits: return (0..<count).map { Double(Int32(bitPattern: key.word(UInt64($0)))) }
        case .uniform: return (0..<count).map { Double(key.word(UInt64($0)) >> 8) * 0x1p-24 }
        case .normal:
            return (0..<count).map {
                // An odd multiple of 2^-24 on (-1, 1): never an end.
                let u = (Double(key.word(UInt64($0)) >> 8) + 0.5) * 0x1p-23 - 1
                return 2.0.squareRoot() * inverseErrorFunction(u)
            }
        case .permutation: return key.permutation(count).map { Double($0) }
        }
    }

    /// The x with `erf(x) = u`, for -1 < u < 1, to the last few bits of a double.
    ///
    /// Winitzki's closed form gives two digits; Halley's iteration on `erfc(x) = 1 - |u|`, which
    /// keeps its precision in the tails, triples the digits each time.
    public static func inverseErrorFunction(_ u: Double) -> Double {
        let target = 1 - abs(u)
        guard target < 1 else { return u }
        let a = 0.147
        let logarithm = log(target * (1 + abs(u)))
        let b = 2 / (Double.pi * a) + logarithm / 2
        var x = ((b * b - logarithm / a).squareRoot() - b).squareRoot()
        for _ in 0..<4 {
            // f = erfc(x) - target; f' = -2/sqrt(pi) exp(-x^2); f''/f' = -2x.
            let step = (erfc(x) - target) / (-2 / Double.pi.squareRoot() * exp(-x * x))
            x -= step / (1 + x * step)
        }
        return u < 0 ? -x : x
    }
}
