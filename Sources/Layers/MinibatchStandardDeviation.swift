public import TensorCore

/// Adds channels that say how much the pictures of a group differ, so that a discriminator sees when a
/// generator makes the same picture again and again.
///
/// Karras et al. 2018, "Progressive Growing of GANs", https://arxiv.org/abs/1710.10196, in groups as in
/// Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN",
/// https://arxiv.org/abs/1912.04958: for each place and channel the standard deviation over a group,
/// then the mean over places and channels, the same number at every place of every picture of the group.
public struct MinibatchStandardDeviation: Sendable, Hashable {
    /// How many pictures are compared; where the batch does not split so, the largest number below
    /// by which it does.
    public var groupSize: Int
    /// Channels added: each is the mean over its own share of the channels.
    public var features: Int

    /// Groups of four, one channel, unless given.
    public init(groupSize: Int = 4, features: Int = 1) {
        precondition(
            groupSize > 0 && features > 0,
            "[MinibatchStandardDeviation] expected positive sizes, got groups of \(groupSize) and "
                + "\(features) features")
        self.groupSize = groupSize
        self.features = features
    }

    /// `[N, H, W, C + features]` from `[N, H, W, C]`.
    ///
    /// Pictures `i`, `i + N / group`, `i + 2 N / group`, ... are a group.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        precondition(
            x.rank == 4 && x.shape[3] % features == 0,
            "[MinibatchStandardDeviation] expected input [N, H, W, C] with channels that split into "
                + "\(features), got \(x.shape)")
        let (count, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let group = (1...min(groupSize, count)).last { count % $0 == 0 } ?? 1
        let others = count / group
        let grouped = x.reshaped(
            [group, others * height * width, features, channels / features])  // [G, MHW, F, c]
        // The floor keeps the slope finite where all pictures are alike.
        let deviation = (grouped.variance(axes: [0]) + 1e-8).sqrt()  // [1, MHW, F, c]
        let means = deviation.reshaped([others, height * width, features, channels / features])
            .mean(axes: [1, 3], keepingDimensions: true)  // [M, 1, F, 1]
        let maps = means.reshaped([1, others, 1, 1, features])
            .broadcast(to: [group, others, height, width, features])
            .reshaped([count, height, width, features])
        return concatenate([x, maps], axis: 3)
    }
}
