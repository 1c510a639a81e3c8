public import TensorCore

/// The moments of a network's features, carried from frame to frame: each frame is normalised by the mean
/// of its own moments and those before, weighted so that a frame counts less the longer it is past.
///
/// What comes into a picture or leaves it then changes the rest of it slowly, and noise next to not at
/// all.
public struct TemporalStatistics: Sendable {
    /// The share of what was carried in the next frame's moments, 0 ..< 1; 0 carries nothing.
    public let hold: Double
    /// What must be evaluated together with the frame.
    public private(set) var fresh: [Tensor] = []
    private var kept: [Tensor] = []
    private var contentHold = Tensor(0)
    private var styleHold = Tensor(0)

    /// Nothing carried yet.
    public init(hold: Double) {
        precondition(
            (0..<1).contains(hold), "[TemporalStatistics] expected a hold of 0 ..< 1, got \(hold)")
        self.hold = hold
    }

    /// Begins a frame.
    ///
    /// - Parameters:
    ///   - isCut: Whether the frame has nothing to do with the one before: nothing is carried over.
    ///   - isStyleNew: Whether another style is asked for than in the frame before: moments that depend
    ///     on it are not carried over.
    public mutating func begin(isCut: Bool, isStyleNew: Bool) {
        kept = fresh
        fresh = []
        // Data, never constants: every frame is the same plan.
        contentHold = Tensor(isCut || kept.isEmpty ? 0 : Float(hold))
        styleHold = Tensor(isCut || isStyleNew || kept.isEmpty ? 0 : Float(hold))
    }

    /// The moments to normalise by, of those that the frame has; called in the same order in each frame.
    ///
    /// - Parameters:
    ///   - moments: Means, deviations or the like, of shapes that do not depend on the frame's size.
    ///   - dependOnStyle: Whether they are of features that have seen the style.
    public mutating func carried(_ moments: [Tensor], dependOnStyle: Bool = false) -> [Tensor] {
        guard hold > 0 else { return moments }
        let share = dependOnStyle ? styleHold : contentHold
        return moments.map { moment in
            let place = fresh.count
            let old =
                place < kept.count
                ? kept[place]
                : Tensor(
                    [Float](repeating: 0, count: moment.elementCount), shape: moment.shape)
            precondition(
                old.shape == moment.shape,
                "[TemporalStatistics.carried] expected moments of shape \(old.shape), as in the frame "
                    + "before, got \(moment.shape)")
            let mean = moment + (old - moment) * share
            fresh.append(mean)
            return mean
        }
    }
}
