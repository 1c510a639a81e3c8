public import TensorCore

// Losses as functions of a classifier's logits `[N, classes]`.

/// The mean over a batch of the cross entropy between the softmax of logits and the true classes:
/// `mean(log(sum(exp(logits))) - logits[class])`, without overflow.
///
/// - Parameters:
///   - logits: `[N, classes]`.
///   - classes: int32 `[N]`, each in `0 ..< classes`. A class outside has no logit, and only pushes
///     all others down.
///   - smoothing: What part of a label is shared by all classes equally: Szegedy et al. 2016,
///     "Rethinking the Inception Architecture", https://arxiv.org/abs/1512.00567.
public func softmaxCrossEntropy(logits: Tensor, classes: Tensor, smoothing: Double = 0) -> Tensor {
    precondition(
        logits.rank == 2 && classes.shape == [logits.shape[0]] && classes.dtype == .int32,
        "[softmaxCrossEntropy] expected logits [N, classes] and int32 classes [N], got \(logits) "
            + "and \(classes)")
    precondition(
        smoothing >= 0 && smoothing <= 1,
        "[softmaxCrossEntropy] expected a smoothing in 0...1, got \(smoothing)")
    let count = logits.shape[1]
    let labels = classes.oneHot(classes: count, dtype: logits.dtype)
    let wanted =
        smoothing == 0 ? labels : labels * (1 - smoothing) + smoothing / Double(count)
    return -(logits.logSoftmax() * wanted).sum() * (1 / Double(logits.shape[0]))
}
