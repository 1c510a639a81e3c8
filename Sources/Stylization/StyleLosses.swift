public import TensorCore

/// The products of channels with one another, over all places: `[C, C]` of features `[1, H, W, C]`,
/// divided by how many features there are.
///
/// Gatys, Ecker and Bethge 2016, "Image Style Transfer Using Convolutional Neural Networks",
/// https://doi.org/10.1109/CVPR.2016.265; with weights as in Gatys et al. 2017, "Controlling Perceptual
/// Factors in Neural Style Transfer", https://arxiv.org/abs/1611.07865.
///
/// - Parameters:
///   - features: `[1, H, W, C]`.
///   - weights: How much each place counts, `[1, H, W, 1]`; their mean is one, so that a region's
///     matrix compares with a whole painting's.
public func gramMatrix(of features: Tensor, weights: Tensor? = nil) -> Tensor {
    precondition(
        features.rank == 4 && features.shape[0] == 1,
        "[gramMatrix] expected features [1, H, W, C], got \(features.shape)")
    let channels = features.shape[3]
    let places = features.reshaped([features.elementCount / channels, channels])  // [HW, C]
    let weighted = weights.map { places * $0.reshaped([places.shape[0], 1]) } ?? places
    return matmul(weighted, places, transposeA: true) * (1 / Double(features.elementCount))
}

/// The mean square of the differences of neighbours, down plus across, of pictures `[N, H, W, C]`: small
/// for smooth ones.
public func totalVariation(of pictures: Tensor) -> Tensor {
    precondition(
        pictures.rank == 4 && pictures.shape[1] > 1 && pictures.shape[2] > 1,
        "[totalVariation] expected pictures [N, H, W, C] with sides of 2 or more, got "
            + "\(pictures.shape)")
    func difference(_ axis: Int) -> Tensor {
        let extent = pictures.shape[axis]
        return
            (pictures.sliced(axis: axis, 1..<extent)
            - pictures.sliced(axis: axis, 0..<extent - 1)).square().mean()
    }
    return difference(1) + difference(2)
}
