import Glibc

/// A number that changes while training goes on, by the real pictures seen. It depends on nothing else,
/// so a resumed run goes on where it was.
///
/// Its value enters a step's graph as data: a schedule costs no new plan.
public enum Schedule: Sendable, Hashable, Codable {
    /// The same throughout.
    case constant(Double)
    /// In a straight line from one value to the other within so many thousand pictures, then constant.
    case linear(from: Double, to: Double, kimg: Double)
    /// Along half a cosine from one value to the other within so many thousand pictures, then
    /// constant: slow at both ends. R3GAN's burn-in has this form: Huang et al. 2024,
    /// https://arxiv.org/abs/2501.05441.
    case cosine(from: Double, to: Double, kimg: Double)

    /// The value once `samplesSeen` real pictures have been seen.
    public func value(_ samplesSeen: Int) -> Double {
        switch self {
        case .constant(let value): return value
        case .linear(let from, let to, let kimg):
            return from + (to - from) * Self.share(samplesSeen, kimg)
        case .cosine(let from, let to, let kimg):
            let share = Self.share(samplesSeen, kimg)
            // Exactly the last value at the end: no rounding is left of the cosine.
            if share == 1 { return to }
            return from + (to - from) * (1 - cos(.pi * share)) / 2
        }
    }

    /// The largest value that it takes.
    public var largest: Double {
        switch self {
        case .constant(let value): value
        case .linear(let from, let to, _), .cosine(let from, let to, _): max(from, to)
        }
    }

    /// The smallest value that it takes.
    public var smallest: Double {
        switch self {
        case .constant(let value): value
        case .linear(let from, let to, _), .cosine(let from, let to, _): min(from, to)
        }
    }

    /// What is wrong with it, if anything is: numbers that are not finite, or a length below zero.
    public var problem: String? {
        switch self {
        case .constant(let value):
            return value.isFinite ? nil : "expected a finite value, got \(value)"
        case .linear(let from, let to, let kimg), .cosine(let from, let to, let kimg):
            if !from.isFinite || !to.isFinite {
                return "expected finite values, got \(from) and \(to)"
            }
            return kimg.isFinite && kimg >= 0
                ? nil : "expected a length in thousand pictures from 0 on, got \(kimg)"
        }
    }

    private static func share(_ samplesSeen: Int, _ kimg: Double) -> Double {
        kimg <= 0 ? 1 : min(1, Double(samplesSeen) / (kimg * 1000))
    }
}
