public import Networks
public import TensorCore

/// The class loss of Odena et al. 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs"
/// (AC-GAN), https://arxiv.org/abs/1610.09585: the cross entropy of the class that a discriminator names.
///
/// The discriminator adds it for real and for made pictures, the generator for its own: both want the
/// class to be told.
///
/// - Parameters:
///   - verdict: What a discriminator with an auxiliary classifier says.
///   - labels: int32 `[N]`, what the pictures are or were made as.
/// - Returns: A scalar; nil if the discriminator names no classes.
public func auxiliaryClassLoss(_ verdict: Verdict, labels: Tensor) -> Tensor? {
    verdict.classLogits.map { softmaxCrossEntropy(logits: $0, classes: labels) }
}
