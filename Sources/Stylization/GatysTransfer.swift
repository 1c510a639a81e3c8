public import Imaging
import Optimizers
import TensorCore

/// Style transfer by optimisation: a picture whose activations are the content's and whose Gram matrices
/// are the paintings'.
///
/// Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks",
/// https://doi.org/10.1109/CVPR.2016.265; coarse to fine, and with regions, as in Gatys et al. 2017,
/// https://arxiv.org/abs/1611.07865.
public struct GatysTransfer: Sendable {
    /// What looks at the pictures.
    public let network: any StyleFeatureNetwork
    /// The choices.
    public let configuration: GatysConfiguration

    /// A transfer.
    public init(network: any StyleFeatureNetwork, configuration: GatysConfiguration) {
        precondition(
            configuration.iterations > 0 && configuration.levels > 0
                && configuration.styleScale > 0,
            "[GatysTransfer] expected positive iterations, levels and style scale, got "
                + "\(configuration.iterations), \(configuration.levels) and "
                + "\(configuration.styleScale)")
        self.network = network
        self.configuration = configuration
    }

    /// A picture in a style, of the content's size.
    ///
    /// - Parameters:
    ///   - content: What is to be seen.
    ///   - styles: Paintings; several are blended by weight, or have regions.
    ///   - observe: Gets each iteration, and the picture if it asks for it; answers whether to go on.
    /// - Throws: `lossNotFinite` if the very first loss is not a number.
    public func callAsFunction(
        _ content: PixelBuffer, styles: [StyleSource],
        observe: (GatysProgress, _ picture: () -> PixelBuffer) -> Bool = { _, _ in true }
    ) throws(StylizationError) -> GatysResult {
        precondition(!styles.isEmpty, "[GatysTransfer] expected a style or more, got none")
        let start = content.converted(to: .rgb)
        let regions = StyleRegions(styles, width: content.width, height: content.height)
        var canvas: Tensor?
        var last: (picture: PixelBuffer, loss: Double)?
        var done = 0
        var ending = GatysResult.Ending.done
        for level in 0..<configuration.levels {
            let small = scaled(start, halvings: configuration.levels - 1 - level)
            let first = canvas.map {
                resized2d($0, .bilinear, height: small.height, width: small.width)
            }
            var descent = try GatysDescent(
                objective: objective(small, styles, regions), method: configuration.method,
                picture: first ?? firstPicture(small))
            let share = configuration.iterations * (level + 1) / configuration.levels - done
            ending = try descent.run(share) { descent in
                let progress = GatysProgress(
                    iteration: done + descent.iteration, iterationCount: configuration.iterations,
                    width: small.width, height: small.height, loss: descent.losses[0],
                    contentLoss: descent.losses[1], styleLoss: descent.losses[2],
                    totalVariationLoss: descent.losses[3])
                return observe(progress) {
                    Self.finished(descent.best, start, regions)
                }
            }
            done += descent.iteration
            canvas = descent.best
            last = (Self.finished(descent.best, start, regions), descent.bestLoss)
            if ending == .stopped || ending == .diverged { break }
        }
        guard let last else { throw .interrupted }
        return GatysResult(
            picture: last.picture, loss: last.loss, iterations: done, ending: ending)
    }

    /// A level's picture at the content's size.
    private static func finished(
        _ canvas: Tensor, _ content: PixelBuffer, _ regions: StyleRegions
    ) -> PixelBuffer {
        let made = canvas.picture
        let isWhole = made.width >= content.width && made.height >= content.height
        let sized =
            isWhole
            ? made.cropped(x: 0, y: 0, width: content.width, height: content.height)
            : made.resized(width: content.width, height: content.height, filter: .bicubic)
        return regions.composed(sized, over: content)
    }

    /// The content, half as large so many times, but no smaller than the network takes.
    private func scaled(_ content: PixelBuffer, halvings: Int) -> PixelBuffer {
        let least = network.smallestSide
        let factor = 1 << min(halvings, 16)
        let (width, height) = (content.width / factor, content.height / factor)
        if halvings > 0 && min(width, height) >= least {
            return content.resized(width: width, height: height, filter: .lanczos)
        }
        return content.extended(
            width: max(content.width, least), height: max(content.height, least))
    }

    private func objective(
        _ content: PixelBuffer, _ styles: [StyleSource], _ regions: StyleRegions
    ) -> GatysObjective {
        let side = Double(max(content.width, content.height)) * configuration.styleScale
        return GatysObjective(
            network: network, content: Tensor(picture: content),
            styles: styles.map { style in
                let painting = style.picture.converted(to: .rgb).scaled(
                    longerSide: max(1, Int(side)), multipleOf: 1, least: network.smallestSide)
                let mask = style.mask?.converted(to: .grey, over: .black).resized(
                    width: content.width, height: content.height, filter: .bilinear)
                return (Tensor(picture: painting), style.weight, mask.map { Tensor(mask: $0) })
            },
            configuration: configuration)
    }

    private func firstPicture(_ content: PixelBuffer) -> Tensor {
        switch configuration.start {
        case .content: return Tensor(picture: content)
        case .noise(let seed):
            let shape = [1, content.height, content.width, 3]
            return Tensor.normal(shape, key: RandomKey(seed: seed).folded("noise")) * 0.1 + 0.5
        case .picture(let picture):
            return Tensor(
                picture: picture.converted(to: .rgb).resized(
                    width: content.width, height: content.height, filter: .lanczos))
        }
    }
}
