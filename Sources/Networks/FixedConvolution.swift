import TensorCore

/// A convolution with weights that others trained and that stay: beside the edge the picture is
/// mirrored, or there are zeros.
struct FixedConvolution: Sendable {
    /// What stands beside a picture's edge.
    enum Edge: Sendable { case mirror, zeros, nothing }

    let weight: Tensor
    let bias: Tensor
    private let edge: Edge
    private let parameters: Convolution2dParameters

    /// The convolution of a name in a table that has been checked.
    init(
        _ table: WeightTable, _ name: String, stride: Int = 1, groups: Int = 1, edge: Edge = .mirror
    ) {
        weight = table.convolutionWeight(name + ".weight")
        bias = table[name + ".bias"]
        self.edge = edge
        parameters = Convolution2dParameters(
            stride: stride, padding: edge == .zeros ? weight.shape[1] / 2 : 0, groups: groups)
    }

    /// The convolved pictures.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let margin = weight.shape[1] / 2
        let edged = edge == .mirror && margin > 0 ? x.reflectionPadded2d(margin) : x
        return conv2d(edged, weight, parameters) + bias
    }
}
