public import TensorCore

extension MicroAST.Style {
    /// A style of what ``tensors`` gave, in that order.
    public init(tensors: [Tensor]) {
        precondition(
            tensors.count == 8,
            "[MicroAST.Style] expected the 8 tensors of a style, got \(tensors.count)")
        self.init(
            moments: [0, 2].map { .init(mean: tensors[$0], deviation: tensors[$0 + 1]) },
            scales: Array(tensors[4..<6]), shortcuts: Array(tensors[6..<8]))
    }
}
