public import Networks
public import TensorCore

/// A network whose activations say what is in a picture, and how it is painted.
public protocol StyleFeatureNetwork: Sendable {
    /// The network's name, for people.
    var name: String { get }
    /// The names of its activations, first to last.
    var activationNames: [String] { get }
    /// The activations whose Gram matrices are compared unless others are named.
    var styleLayers: [String] { get }
    /// The activations that keep the content unless others are named.
    var contentLayers: [String] { get }
    /// The least side of pictures.
    var smallestSide: Int { get }
    /// The activations asked for, `[N, H', W', C]` each, of pictures `[N, H, W, 3]`, RGB, 0 ... 1.
    func activations(of pictures: Tensor, at names: [String]) -> [Tensor]
}

/// VGG-16 or VGG-19 with torchvision's weights.
public struct VGGFeatures: StyleFeatureNetwork {
    private let network: VGG
    /// `relu1_1` and so on.
    public let activationNames: [String]

    /// A network through the activation that `network` ends at.
    public init(_ network: VGG, through last: VGG.Activation = .relu(5, 1)) {
        self.network = network
        let counts = network.depth == .sixteen ? [2, 2, 3, 3, 3] : [2, 2, 4, 4, 4]
        activationNames = zip(1...5, counts).flatMap { block, count in
            (1...count).map { VGG.Activation.relu(block, $0) }
        }.filter { $0 <= last }.map(\.description)
    }

    /// `VGG-19`.
    public var name: String { "VGG-\(network.depth.rawValue)" }
    /// The first of each block.
    public var styleLayers: [String] { activationNames.filter { $0.hasSuffix("_1") } }
    /// `relu4_2`, as in the paper.
    public var contentLayers: [String] {
        activationNames.contains("relu4_2") ? ["relu4_2"] : Array(activationNames.suffix(1))
    }
    /// What four poolings leave two pixels of.
    public let smallestSide = 32

    /// The activations asked for.
    public func activations(of pictures: Tensor, at names: [String]) -> [Tensor] {
        let normal =
            (pictures - Tensor([0.485, 0.456, 0.406], shape: [1, 1, 1, 3]))
            / Tensor([0.229, 0.224, 0.225], shape: [1, 1, 1, 3])
        return network(
            normal,
            at: names.map { name in
                let parts = name.dropFirst(4).split(separator: "_").compactMap { Int($0) }
                precondition(
                    activationNames.contains(name) && parts.count == 2,
                    "[VGGFeatures] expected one of \(activationNames), got \(name)")
                return .relu(parts[0], parts[1])
            })
    }
}

extension DistilledVGGEncoder: StyleFeatureNetwork {
    /// `distilled VGG-19`.
    public var name: String { "distilled VGG-19" }
    /// The first of each block.
    public var styleLayers: [String] { activationNames.filter { $0.hasSuffix("_1") } }
    /// The last.
    public var contentLayers: [String] { Array(activationNames.suffix(1)) }
    /// What the poolings leave two pixels of, and 16 at least.
    public var smallestSide: Int { max(16, 2 * featureStride) }
}

extension SqueezeNetTrunk: StyleFeatureNetwork {
    /// `SqueezeNet 1.1`.
    public var name: String { "SqueezeNet \(version.rawValue)" }
    /// `conv1`, `fire2`, ..., `fire9`.
    public var activationNames: [String] { Self.places }
    /// The first, and one before each pooling and one after.
    public var styleLayers: [String] { ["conv1", "fire3", "fire4", "fire6", "fire8"] }
    /// One from the middle.
    public var contentLayers: [String] { ["fire4"] }
    /// What leaves a pixel at the end.
    public var smallestSide: Int { Self.leastSide }
    /// The activations asked for.
    public func activations(of pictures: Tensor, at names: [String]) -> [Tensor] {
        self(pictures, at: names)
    }
}
