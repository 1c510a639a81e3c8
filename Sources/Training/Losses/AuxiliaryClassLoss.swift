public import Networks
public import TensorCore

/// The class loss of Odena et al. 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs"
/// (AC-GAN), https://arxiv.org/abs/1610.09585: the cross entropy of the class that a discriminator names.
///
/// The discriminator adds it for real pictures, the generator for its own, as in Choi et al. 2018,
/// "StarGAN", https://arxiv.org/abs/1711.09020. In AC-GAN the discriminator adds it for made pictures as
/// well; both then agree on a mark that nobody sees: on MNIST 11 % of the digits were those asked for,
/// while the loss said that nearly all were.
///
/// - Parameters:
///   - verdict: What a discriminator with an auxiliary classifier says.
///   - labels: int32 `[N]`, what the pictures are or were made as.
/// - Returns: A scalar; nil if the discriminator names no classes.
public func auxiliaryClassLoss(_ verdict: Verdict, labels: Tensor) -> Tensor? {
    verdict.classLogits.map { softmaxCrossEntropy(logits: $0, classes: labels) }
}
