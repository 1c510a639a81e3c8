/// Computes the values of tensors that have none yet, all in one graph.
public func evaluate(_ tensors: Tensor...) { evaluate(tensors) }

/// Computes the values of tensors that have none yet, all in one graph.
///
/// - Parameters:
///   - tensors: What is wanted.
///   - precision: What matrix products and convolutions may round their operands to. It is said here,
///     once, by whoever runs the graph; networks know nothing of it.
public func evaluate(_ tensors: [Tensor], precision: ComputePrecision = .float32) {
    Runtime.evaluate(tensors.map(\.node), precision: precision)
}

/// Computes the values of tensors that have none yet, and may put them into the memory of tensors that
/// are no longer needed.
///
/// In training, parameters, moments and averages are replaced in every step. With the old ones donated,
/// old and new do not exist side by side. The numbers are the same in every bit.
///
/// Nothing can go wrong by donating: memory is only written over when no tensor leads to it any more. An
/// old tensor that somebody still holds (a snapshot, a variable of the caller, a tensor that was made
/// from it and has not been evaluated) keeps its values, and the new one gets memory of its own. So let
/// go of the old tensors before calling, or there is nothing to win.
///
/// - Parameters:
///   - tensors: What is wanted.
///   - donated: What is given up. Tensors that are wanted as well are not.
///   - precision: What matrix products and convolutions may round their operands to.
public func evaluate(
    _ tensors: [Tensor], donating donated: consuming [Tensor],
    precision: ComputePrecision = .float32
) {
    var nodes = donated.map(\.node)
    donated = []
    Runtime.evaluate(tensors.map(\.node), donating: &nodes, precision: precision)
}
