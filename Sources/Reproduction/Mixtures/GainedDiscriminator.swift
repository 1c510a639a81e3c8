import Networks
import TensorCore

/// A discriminator whose inputs are multiplied by a number first.
///
/// A perceptron with weights of the usual size learns what changes over a distance of about 1 soon and
/// what changes over a hundredth of it late (Rahaman et al. 2019, "On the Spectral Bias of Neural
/// Networks", https://arxiv.org/abs/1806.08734): a gain above 1 brings fine detail nearer. Penalties on
/// slopes are taken at the points themselves, so they mean the same at every gain.
struct GainedDiscriminator<Judge: DiscriminatorNetwork>: DiscriminatorNetwork {
    var judge: Judge
    let gain: Double

    init(_ judge: Judge, gain: Double) {
        precondition(
            gain > 0 && gain.isFinite,
            "[GainedDiscriminator] expected a gain above 0, got \(gain)")
        self.judge = judge
        self.gain = gain
    }

    var pictureShape: PictureShape { judge.pictureShape }
    var classCount: Int { judge.classCount }

    mutating func verdict(_ pictures: Tensor, _ context: NetworkContext) -> Verdict {
        judge.verdict(gain == 1 ? pictures : pictures * gain, context)
    }

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) { judge.forEachTensor(under: path, body) }
}
