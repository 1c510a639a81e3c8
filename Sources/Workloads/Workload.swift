public import TensorCore

/// The sizes of a workload.
public struct WorkloadSizes: Sendable, Hashable {
    /// Pictures (or points) in a batch.
    public var batch: Int
    /// The side of a picture; the number of coordinates of a point.
    public var size: Int
    /// Channels of the narrowest layer; features of a hidden one.
    public var width: Int

    /// Sizes.
    public init(batch: Int, size: Int, width: Int) {
        self.batch = batch
        self.size = size
        self.width = width
    }
}

/// A piece of work that is measured: the same, step for step, as the peer's benchmark does under the
/// same name.
///
/// A step builds a graph and evaluates nothing. Whoever runs it evaluates what it answers, all at once,
/// and so decides on threads, precision and backend.
public protocol Workload {
    /// Pictures in a batch, their side, and the width of the networks.
    var sizes: WorkloadSizes { get }
    /// Every tensor that a step carries on to the next one, under its name.
    var state: [(name: String, tensor: Tensor)] { get }
    /// Does a step. Answers scalars (losses), and what else a step is for, as graphs.
    ///
    /// - Returns: What must be computed beside ``state``: losses under their names, or the result of an
    ///   inference.
    mutating func step() -> [(name: String, tensor: Tensor)]
}

extension Workload {
    /// Does a step and computes it: the new state and what the step answers, in one graph. The
    /// memory of the old state becomes the new one's, unless somebody else holds it.
    @discardableResult
    public mutating func run(precision: ComputePrecision = .float32) -> [String: Tensor] {
        let old = state.map(\.tensor)
        let outcome = step()
        evaluate(
            outcome.map(\.tensor) + state.map(\.tensor), donating: consume old,
            precision: precision)
        return Dictionary(outcome.map { ($0.name, $0.tensor) }) { first, _ in first }
    }
}
