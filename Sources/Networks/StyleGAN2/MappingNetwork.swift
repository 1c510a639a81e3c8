import Layers
import TensorCore

/// Scaled to a root mean square of 1 along the last axis.
func withUnitSecondMoment(_ x: Tensor) -> Tensor {
    x * (x.square().mean(axes: [x.rank - 1], keepingDimensions: true) + 1e-8).rsqrt()
}

/// Latents, and a vector for the class, to styles: `[N, Z]` to `[N, W]`.
struct MappingNetwork: Module {
    /// How much slower than others these layers learn.
    static let multiplier = 0.01
    /// How much of the mean of styles a batch leaves.
    static let averageDecay = 0.998

    /// A vector for each class.
    var embedding: Embedding?
    var layers: [EqualizedLinear]
    /// `[W]`: the moving average of styles.
    var average: Tensor

    init(_ configuration: StyleGAN2Configuration, key: RandomKey) {
        let styleSize = configuration.styleSize
        let hasClasses = configuration.classCount > 0
        embedding =
            hasClasses
            ? Embedding(
                classes: configuration.classCount, features: styleSize, key: key.folded("embed"))
            : nil
        layers = (0..<configuration.mappingLayerCount).map { index in
            EqualizedLinear(
                inputFeatures: index > 0
                    ? styleSize : configuration.latentSize + (hasClasses ? styleSize : 0),
                outputFeatures: styleSize, multiplier: Self.multiplier, activates: true,
                key: key.folded("fc\(index)"))
        }
        average = .zeros([styleSize])
    }

    /// Styles `[N, W]` of latents `[N, Z]`; labels are int32 `[N]`, where there are classes.
    func callAsFunction(_ latents: Tensor, _ labels: Tensor?) -> Tensor {
        var x = withUnitSecondMoment(latents)
        if let embedding, let labels {
            x = concatenate([x, withUnitSecondMoment(embedding(labels))], axis: 1)
        }
        for layer in layers { x = layer(x) }
        return x
    }

    /// Moves the average toward the mean of styles `[N, W]`.
    mutating func learnAverage(of styles: Tensor) {
        let decay = Self.averageDecay
        average = average * decay + stopGradient(styles).mean(axes: [0]) * (1 - decay)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        if var value = embedding {
            value.forEachTensor(under: path + "embed.", body)
            embedding = value
        }
        for i in layers.indices { layers[i].forEachTensor(under: path + "fc\(i).", body) }
        body(path + "w_avg", &average, .buffer)
    }
}
