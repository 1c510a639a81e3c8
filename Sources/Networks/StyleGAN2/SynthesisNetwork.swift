import TensorCore

/// The layers of one resolution.
struct SynthesisBlock: Module {
    /// Doubles the side; none at the base.
    var first: SynthesisLayer?
    var second: SynthesisLayer
    var colour: ColourLayer
    let name: String

    init(_ configuration: StyleGAN2Configuration, block: Int, key: RandomKey) {
        name = configuration.name(ofBlock: block)
        let channels = configuration.channels(ofBlock: block)
        func layer(from inputs: Int, doubles: Bool, _ name: String) -> SynthesisLayer {
            SynthesisLayer(
                inputChannels: inputs, outputChannels: channels,
                side: configuration.side(ofBlock: block), doubles: doubles,
                styleSize: configuration.styleSize, key: key.folded(name))
        }
        first =
            block == 0
            ? nil
            : layer(
                from: configuration.channels(ofBlock: block - 1), doubles: true, "conv0")
        second = layer(from: channels, doubles: false, "conv1")
        colour = ColourLayer(
            inputChannels: channels, pictureChannels: configuration.picture.channels,
            styleSize: configuration.styleSize, key: key.folded("torgb"))
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        if var value = first {
            value.forEachTensor(under: path + "conv0.", body)
            first = value
        }
        second.forEachTensor(under: path + "conv1.", body)
        colour.forEachTensor(under: path + "torgb.", body)
    }
}

/// Styles to pictures: features grow from a learned constant, and each resolution adds its colours to
/// the enlarged ones of the resolution before.
struct SynthesisNetwork: Module {
    /// `[h, w, C]`, where every picture begins.
    var constant: Tensor
    var blocks: [SynthesisBlock]

    init(_ configuration: StyleGAN2Configuration, key: RandomKey) {
        let base = configuration.side(ofBlock: 0)
        constant = .normal(
            [base.height, base.width, configuration.channels(ofBlock: 0)], key: key.folded("const"))
        blocks = (0...configuration.blockCount).map { block in
            SynthesisBlock(
                configuration, block: block, key: key.folded(configuration.name(ofBlock: block)))
        }
    }

    /// Pictures `[N, H, W, C]` from styles `[N, layers, W]`.
    func callAsFunction(_ styles: Tensor, key: RandomKey?) -> Tensor {
        let count = styles.shape[0]
        func style(_ layer: Int) -> Tensor {
            styles.sliced(axis: 1, layer..<(layer + 1)).reshaped([count, styles.shape[2]])
        }
        func noise(_ layer: Int) -> RandomKey? { key?.folded(UInt64(layer)) }
        var x = constant.expanded(at: 0).broadcast(to: [count] + constant.shape)
        var picture: Tensor?
        var layer = 0
        for block in blocks {
            if let first = block.first {
                x = first(x, style(layer), key: noise(layer))
                layer += 1
            }
            x = block.second(x, style(layer), key: noise(layer))
            layer += 1
            // Colours share the style of the next layer, which is the next block's.
            let colours = block.colour(x, style(layer))
            picture = picture.map { $0.binomiallyDoubled() + colours } ?? colours
        }
        guard let picture else { preconditionFailure("[SynthesisNetwork] expected blocks") }
        return picture
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        for i in blocks.indices {
            let name = path + blocks[i].name + "."
            if i == 0 { body(name + "const", &constant, .parameter) }
            blocks[i].forEachTensor(under: name, body)
        }
    }
}
