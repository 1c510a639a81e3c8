public import TensorCore

// Szegedy, Vanhoucke, Ioffe, Shlens and Wojna 2016, "Rethinking the Inception Architecture for
// Computer Vision", https://arxiv.org/abs/1512.00567; as in the TensorFlow graph of 2015-12-05 that the
// Fréchet inception distance is defined by: Heusel et al. 2017, "GANs Trained by a Two Time-Scale Update
// Rule Converge to a Local Nash Equilibrium", https://arxiv.org/abs/1706.08500.
//
// Tensors carry the names of the usual PyTorch port (`pt_inception-2015-12-05`): `Conv2d_1a_3x3.conv.weight`,
// `Mixed_5b.branch1x1.bn.running_mean`, `fc.weight`. Where the graph differs from the paper's network: means
// over 3x3 neighbours count only those inside the picture, and the last block takes their maximum.

/// Inception v3 with given weights, for features and class logits. It is not trained here: batch
/// normalisation is folded into the convolutions when it is loaded.
public struct InceptionV3: Sendable {
    /// Features of a picture.
    public static let featureCount = 2048
    /// Classes of the TensorFlow graph: ImageNet's 1,000 and eight that mean nothing.
    public static let classCount = 1008
    /// The side that the weights were made for.
    public static let side = 299
    /// The least side that leaves a pixel at the end.
    public static let smallestSide = 75

    private let convolutions: [String: FoldedConvolution]
    /// `[1008, 2048]` and `[1008]`.
    private let classWeight: Tensor, classBias: Tensor

    /// A network with the weights of a table. Tensors that it does not know (`num_batches_tracked`,
    /// auxiliary classifiers) are passed over.
    ///
    /// - Throws: `WeightError` that lists what is missing or of another shape.
    public init(_ table: WeightTable) throws(WeightError) {
        let plans = Self.plans
        try table.check("Inception v3 (2015-12-05)", needs: Self.needs)
        var convolutions: [String: FoldedConvolution] = [:]
        for plan in plans { convolutions[plan.name] = FoldedConvolution(plan, from: table) }
        self.convolutions = convolutions
        classWeight = table["fc.weight"]
        classBias = table["fc.bias"]
        evaluate(convolutions.values.flatMap(\.tensors))
    }

    /// The name and shape of every tensor that the weights must have.
    public static var needs: [(name: String, shape: [Int])] {
        plans.flatMap(\.needs)
            + [("fc.weight", [classCount, featureCount]), ("fc.bias", [classCount])]
    }

    subscript(name: String) -> FoldedConvolution {
        guard let convolution = convolutions[name] else {
            preconditionFailure("[InceptionV3] no convolution named \(name)")
        }
        return convolution
    }

    /// Features `[N, 2048]` and logits `[N, 1008]` of pictures `[N, H, W, 3]`, RGB, 0 ... 255, resized
    /// to 299x299 as TensorFlow 1 does.
    public func callAsFunction(_ pictures: Tensor) -> (features: Tensor, logits: Tensor) {
        outputs(
            (tensorFlowResized(pictures, height: Self.side, width: Self.side) - 128) * (1 / 128.0))
    }

    /// Features `[N, 2048]` and logits `[N, 1008]` of prepared pictures `[N, H, W, 3]` with values in
    /// -1 ... 1 and sides of 75 or more.
    ///
    /// The Inception score takes the softmax of logits without their bias; as in later ports it is
    /// kept here.
    public func outputs(_ pictures: Tensor) -> (features: Tensor, logits: Tensor) {
        precondition(
            pictures.rank == 4 && pictures.shape[3] == 3
                && min(pictures.shape[1], pictures.shape[2]) >= Self.smallestSide,
            "[InceptionV3] expected pictures [N, H, W, 3] with sides of \(Self.smallestSide) or more, "
                + "got \(pictures.shape)")
        var x = stem(pictures)
        for name in ["Mixed_5b", "Mixed_5c", "Mixed_5d"] { x = blockA(x, name) }
        x = blockB(x, "Mixed_6a")
        for name in ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"] { x = blockC(x, name) }
        x = blockD(x, "Mixed_7a")
        x = blockE(x, "Mixed_7b", pooling: .mean)
        x = blockE(x, "Mixed_7c", pooling: .maximum)
        let features = x.mean(axes: [1, 2])
        return (features, matmul(features, classWeight, transposeB: true) + classBias)
    }
}
