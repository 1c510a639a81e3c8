/// How the learning rate goes with the steps. Depends on nothing else, so a resumed run goes on where
/// it was.
public enum LearningRateSchedule: Sendable, Hashable, Codable {
    /// The same throughout.
    case constant
    /// The full rate up to `start`, then down in a straight line to zero at `end` (in steps).
    case linearDecay(start: Int, end: Int)
    /// From zero to the full rate in `steps`, then constant.
    case warmup(steps: Int)

    /// The factor on the learning rate in a step (the first is step 0).
    public func factor(_ step: Int) -> Double {
        switch self {
        case .constant: 1
        case .linearDecay(let start, let end):
            step < start ? 1 : max(0, Double(end - step) / Double(max(end - start, 1)))
        case .warmup(let steps): min(1, Double(step + 1) / Double(max(steps, 1)))
        }
    }
}
