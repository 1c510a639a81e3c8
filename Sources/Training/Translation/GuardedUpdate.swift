import TensorCore

/// Computes a step: the new state, where every scalar is finite.
///
/// Tensors whose successors are made once all losses are known are given up, so that their memory
/// becomes the successors'. There is no going back to them, so the successor is the old value again, by
/// the graph itself, if a number is not finite; the other old tensors are kept until the numbers are
/// known.
///
/// - Parameters:
///   - state: What has been learned; afterwards the new state.
///   - next: The new state, not evaluated.
///   - scalars: What must be finite, under its names.
///   - step: The step, for the error.
///   - isLast: Whether the tensor of a name is only made once all losses are known.
/// - Returns: The values of the scalars.
/// - Throws: `TrainingError.nonFinite`; the state is then what it was.
func commitStep<State: Module>(
    _ state: inout State, _ next: consuming State, _ scalars: [(name: String, tensor: Tensor)],
    step: Int, precision: ComputePrecision, isLast: (String) -> Bool
) throws -> [String: Float] {
    let checks = scalars.map { $0.tensor.isFinite().reshaped([]) }
    guard let first = checks.first else {
        preconditionFailure("[commitStep] expected scalars, got none")
    }
    let isFinite = checks.dropFirst().reduce(first) { $0 .& $1 }
    var news = next.namedTensors()
    var guarded: [String: Tensor] = [:]
    var given: [Tensor] = []
    var place = 0
    state.mapTensors { name, old in
        let new = news[place]
        precondition(
            new.name == name, "[commitStep] expected the tensor \(name), got \(new.name)")
        place += 1
        guard isLast(name), new.tensor.node !== old.node else { return old }
        let kept = select(isFinite, new.tensor, old)
        guarded[name] = kept
        given.append(old)
        return kept
    }
    next.mapTensors { name, new in guarded[name] ?? new }
    news = []
    evaluate(
        next.namedTensors().map(\.tensor) + scalars.map(\.tensor), donating: consume given,
        precision: precision)
    var values: [String: Float] = [:]
    for (name, tensor) in scalars {
        let value = tensor.scalar()
        guard value.isFinite else {
            throw TrainingError.nonFinite(step: step, name: name, value: value)
        }
        values[name] = value
    }
    state = next
    return values
}

extension Duration {
    /// As seconds.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
