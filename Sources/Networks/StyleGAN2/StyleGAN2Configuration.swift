import TensorCore

// Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
// https://arxiv.org/abs/1912.04958, from the paper: configuration F, the generator with skip
// connections and the residual discriminator.

/// The sizes of a StyleGAN2.
///
/// What the paper trains with: the non-saturating loss, R1 every 16th step, path lengths every 8th,
/// Adam with a learning rate of 0.002, beta1 0 and beta2 0.99, and an average of the generator.
public struct StyleGAN2Configuration: Sendable, Hashable, Codable {
    /// The pictures. Both sides are a base of 4 to 15 times the same power of two.
    public var picture: PictureShape
    /// How many classes there are; 0 for pictures without.
    public var classCount: Int
    /// How many numbers a latent vector has: Z.
    public var latentSize: Int
    /// How many numbers a style has: W.
    public var styleSize: Int
    /// The layers between latents and styles, 2 to 8.
    public var mappingLayerCount: Int
    /// Channels next to the picture; they double with each halving of the side.
    public var width: Int
    /// The most channels that a layer has.
    public var maximumWidth: Int
    /// How many of the pictures are made from two styles in training, 0 ... 1.
    public var mixingProbability: Double

    /// Sizes.
    ///
    /// The defaults are for a processor: at 32x32 and 64x64 a quarter of the paper's channels in its
    /// widest layers. The paper has latents and styles of 512 numbers, 8 mapping layers, a width of
    /// `32 * 1024 / side` and a maximum of 512.
    ///
    /// - Parameters:
    ///   - picture: The pictures.
    ///   - classCount: How many classes there are; 0 for pictures without.
    ///   - latentSize: How many numbers a latent vector has.
    ///   - styleSize: How many numbers a style has.
    ///   - mappingLayerCount: The layers between latents and styles, 2 to 8.
    ///   - width: Channels next to the picture; `defaultWidth(for:)` unless given.
    ///   - maximumWidth: The most channels that a layer has.
    ///   - mixingProbability: How many of the pictures are made from two styles in training.
    public init(
        picture: PictureShape, classCount: Int = 0, latentSize: Int = 128, styleSize: Int = 128,
        mappingLayerCount: Int = 4, width: Int? = nil, maximumWidth: Int = 256,
        mixingProbability: Double = 0.9
    ) {
        self.picture = picture
        self.classCount = classCount
        self.latentSize = latentSize
        self.styleSize = styleSize
        self.mappingLayerCount = mappingLayerCount
        self.width = width ?? Self.defaultWidth(for: picture)
        self.maximumWidth = maximumWidth
        self.mixingProbability = mixingProbability
    }

    /// The channels next to the picture unless chosen: 32 up to a side of 64, 16 from 128 on.
    public static func defaultWidth(for picture: PictureShape) -> Int {
        min(32, max(16, 2048 / max(1, picture.height, picture.width)))
    }

    /// Why no StyleGAN2 makes such pictures, if none does.
    public static func problem(with picture: PictureShape) -> String? {
        let sides = [picture.height, picture.width]
        if !(1...4).contains(picture.channels) {
            return "expected 1 to 4 channels, got \(picture.channels)"
        }
        if sides.contains(where: { $0 < 16 || $0 > 512 }) {
            return "expected sides from 16 to 512, got \(picture.width)x\(picture.height)"
        }
        if doublings(picture) == 0 {
            return
                "expected sides that are a power of two times a base of 4 to 15, such as 32, 48, 64 "
                + "or 96x64, got \(picture.width)x\(picture.height)"
        }
        return nil
    }

    /// Why there is no StyleGAN2 of these sizes, if there is none.
    public var problem: String? {
        if let problem = Self.problem(with: picture) { return problem }
        if classCount < 0 { return "expected classes, or 0 for none, got \(classCount)" }
        if latentSize < 1 { return "expected a positive latent size, got \(latentSize)" }
        if styleSize < 1 { return "expected a positive style size, got \(styleSize)" }
        if !(2...8).contains(mappingLayerCount) {
            return "expected 2 to 8 mapping layers, got \(mappingLayerCount)"
        }
        if width < 1 || maximumWidth < width {
            return "expected a width from 1 to its maximum, got \(width) and \(maximumWidth)"
        }
        if !(0...1).contains(mixingProbability) {
            return "expected a mixing probability from 0 to 1, got \(mixingProbability)"
        }
        return nil
    }

    /// How often the side doubles between the base and the picture: down to the smallest sides of at
    /// least 4 that are whole; 0 if a side of more than 15 remains.
    private static func doublings(_ picture: PictureShape) -> Int {
        var (height, width, count) = (picture.height, picture.width, 0)
        while height % 2 == 0, width % 2 == 0, height / 2 >= 4, width / 2 >= 4 {
            height /= 2
            width /= 2
            count += 1
        }
        return max(height, width) <= 15 ? count : 0
    }

    /// How many blocks double the side.
    var blockCount: Int { Self.doublings(picture) }

    /// The height and width of a block's features; block 0 is the base, the last is the picture's.
    func side(ofBlock block: Int) -> (height: Int, width: Int) {
        (picture.height >> (blockCount - block), picture.width >> (blockCount - block))
    }

    /// The channels of a block's features.
    func channels(ofBlock block: Int) -> Int {
        // Not a shift, which could leave the range before the maximum is taken.
        var channels = width
        for _ in block..<blockCount { channels = min(2 * channels, maximumWidth) }
        return min(channels, maximumWidth)
    }

    /// A block's name: `b` and the side, or height x width.
    func name(ofBlock block: Int) -> String {
        let (height, width) = side(ofBlock: block)
        return height == width ? "b\(height)" : "b\(height)x\(width)"
    }
}

/// A layer of the synthesis network that a style of its own can steer.
public struct StyleLayer: Sendable, Hashable {
    /// What a layer decides about.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        /// Arrangement and shapes: the first third of the resolutions.
        case coarse
        /// Parts: the second third.
        case middle
        /// Colours and texture: the last third.
        case fine
    }

    /// Its place among the layers, from 0.
    public var index: Int
    /// Rows of its features.
    public var height: Int
    /// Columns of its features.
    public var width: Int
    /// What it decides about.
    public var group: Group
}

extension StyleGAN2Configuration {
    /// The layers that take a style each: one at the base, two at each larger resolution, and one for
    /// the last step to colours. (The earlier steps to colours share the style of the layer after.)
    public var styleLayers: [StyleLayer] {
        var layers: [StyleLayer] = []
        func add(_ block: Int) {
            let (height, width) = side(ofBlock: block)
            let groups = StyleLayer.Group.allCases
            layers.append(
                StyleLayer(
                    index: layers.count, height: height, width: width,
                    group: groups[block * groups.count / (blockCount + 1)]))
        }
        add(0)
        for block in 1...blockCount {
            add(block)
            add(block)
        }
        add(blockCount)
        return layers
    }

    /// How many layers take a style each: `2 * doublings + 2`.
    public var layerCount: Int { 2 * blockCount + 2 }
}
