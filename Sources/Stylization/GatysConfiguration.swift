public import Imaging

/// The choices of a transfer by optimisation.
///
/// The loss of each activation is divided by the size of what it is compared with (the squares of the
/// content's activation, of the painting's Gram matrix), and a layer's mean is taken: so that a weight
/// means the same for every network, layer and picture.
public struct GatysConfiguration: Sendable {
    /// What moves the picture.
    public enum Method: Sendable, Hashable {
        /// Quasi-Newton, with a line search; how many moves it remembers.
        case lbfgs(history: Int = 10)
        /// Adam, with a rate in units of a picture of 0 ... 1.
        case adam(rate: Double = 0.02)
    }

    /// What the picture begins as.
    public enum Start: Sendable, Hashable {
        /// The content.
        case content
        /// Grey with noise of a seed.
        case noise(seed: UInt64)
        /// Another picture, brought to the content's size.
        case picture(PixelBuffer)
    }

    /// How much the content counts.
    public var contentWeight = 1.0
    /// How much the styles count together.
    public var styleWeight = 30.0
    /// How much smoothness counts.
    public var totalVariationWeight = 1.0
    /// The activations that keep the content; the network's own choice unless given.
    public var contentLayers: [String]?
    /// The activations whose Gram matrices are the style; the network's own choice unless given.
    public var styleLayers: [String]?
    /// The longer side of the paintings over that of the content: larger gives larger strokes.
    public var styleScale = 1.0
    /// What moves the picture.
    public var method = Method.lbfgs()
    /// Iterations in all, shared evenly among the levels.
    public var iterations = 300
    /// What the picture begins as.
    public var start = Start.content
    /// How many sizes it goes through, each twice the one before: large shapes are found in small
    /// pictures, where they are cheap.
    public var levels = 1

    /// The usual choices.
    public init() {}
}

/// One iteration of a transfer by optimisation.
public struct GatysProgress: Sendable, Hashable {
    /// Iterations so far, over all levels; 0 is the beginning.
    public var iteration: Int
    /// Iterations in all.
    public var iterationCount: Int
    /// The size of the picture now.
    public var width: Int
    /// The size of the picture now.
    public var height: Int
    /// The whole loss.
    public var loss: Double
    /// The content's part of it, with its weight.
    public var contentLoss: Double
    /// The styles' part of it, with their weight.
    public var styleLoss: Double
    /// Smoothness's part of it, with its weight.
    public var totalVariationLoss: Double
}

/// What a transfer by optimisation left.
public struct GatysResult: Sendable, Hashable {
    /// Why it ended.
    public enum Ending: String, Sendable, Hashable {
        /// All iterations were done.
        case done
        /// No iteration makes the loss lower.
        case converged
        /// Whoever watched asked for it.
        case stopped
        /// The loss was no longer a number; the picture is the best before.
        case diverged
    }

    /// The picture with the lowest loss of the last size, of the content's size.
    public var picture: PixelBuffer
    /// Its loss.
    public var loss: Double
    /// Iterations that were done.
    public var iterations: Int
    /// Why it ended.
    public var ending: Ending
}
