import TensorCore

/// A convolution without bias, batch normalisation with fixed statistics, and ReLU, as one convolution
/// with bias and ReLU: `weight * s` and `bias - mean * s` with `s = scale / sqrt(variance + epsilon)`.
struct FoldedConvolution: Sendable {
    /// What the Inception network of the TensorFlow graph adds to variances.
    static let epsilon = 0.001

    /// The name, sizes and geometry of one in a network.
    struct Plan: Sendable {
        var name: String
        var inputs: Int
        var outputs: Int
        var kernel: (height: Int, width: Int)
        var parameters: Convolution2dParameters

        /// What the weights file must hold for it.
        var needs: [(name: String, shape: [Int])] {
            [("\(name).conv.weight", [outputs, inputs, kernel.height, kernel.width])]
                + ["weight", "bias", "running_mean", "running_var"].map {
                    ("\(name).bn.\($0)", [outputs])
                }
        }
    }

    let weight: Tensor
    let bias: Tensor
    private let parameters: Convolution2dParameters

    init(_ plan: Plan, from table: WeightTable) {
        let name = plan.name
        let scale =
            table["\(name).bn.weight"]
            * (table["\(name).bn.running_var"] + Self.epsilon).rsqrt()
        weight =
            table.convolutionWeight("\(name).conv.weight")
            * scale.reshaped([plan.outputs, 1, 1, 1])
        bias = table["\(name).bn.bias"] - table["\(name).bn.running_mean"] * scale
        parameters = plan.parameters
    }

    /// What must be evaluated once, so that folding is not part of every graph.
    var tensors: [Tensor] { [weight, bias] }

    func callAsFunction(_ x: Tensor) -> Tensor { (conv2d(x, weight, parameters) + bias).relu() }

    /// This convolution, 1x1, of the means over 3x3 neighbours, of which only those inside the picture
    /// count. A 1x1 convolution and a mean can change places, and there are fewer channels after it.
    func ofMeans(_ x: Tensor) -> Tensor {
        let window = Pool2dParameters(kernel: 3, stride: 1, padding: 1)
        let sums = averagePool2d(conv2d(x, weight, parameters), window)
        return (sums * Self.shareInside(x.shape[1], x.shape[2]) + bias).relu()
    }

    /// `[1, H, W, 1]`: 9 over how many of the 3x3 neighbours are inside.
    private static func shareInside(_ height: Int, _ width: Int) -> Tensor {
        func inside(_ place: Int, _ count: Int) -> Int {
            (place - 1...place + 1).count { (0..<count).contains($0) }
        }
        let values = (0..<height).flatMap { y in
            (0..<width).map { x in 9 / Float(inside(y, height) * inside(x, width)) }
        }
        return Tensor(values, shape: [1, height, width, 1])
    }
}

/// The convolutions of a network under their names, as they are declared and then loaded.
struct ConvolutionPlans {
    private(set) var plans: [FoldedConvolution.Plan] = []

    /// Declares a convolution with a square kernel.
    mutating func add(
        _ name: String, _ inputs: Int, _ outputs: Int, _ kernel: Int = 1, stride: Int = 1,
        padding: Int = 0
    ) {
        plans.append(
            .init(
                name: name, inputs: inputs, outputs: outputs, kernel: (kernel, kernel),
                parameters: Convolution2dParameters(stride: stride, padding: padding)))
    }

    /// Declares a convolution along one axis (`1 x N` or `N x 1`) that keeps the side.
    mutating func addLine(
        _ name: String, _ inputs: Int, _ outputs: Int, height: Int = 1, width: Int = 1
    ) {
        var parameters = Convolution2dParameters()
        (parameters.paddingTop, parameters.paddingBottom) = (height / 2, height / 2)
        (parameters.paddingLeft, parameters.paddingRight) = (width / 2, width / 2)
        plans.append(
            .init(
                name: name, inputs: inputs, outputs: outputs, kernel: (height, width),
                parameters: parameters))
    }
}
