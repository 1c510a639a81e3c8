public import Networks
import Optimizers
import TensorCore
public import Training

/// Trains the small classifier by whose eyes a protocol judges.
public enum ClassifierLesson {
    /// A network that has learned the classes of a set.
    ///
    /// - Parameters:
    ///   - pictures: With classes.
    ///   - numbers: Of the training.
    ///   - width: Channels of the first layer.
    ///   - observer: Sees each step's report, and answers whether to go on.
    /// - Returns: The averaged network; nil if the observer said stop.
    /// - Throws: `TrainingError` when a number is not finite.
    public static func learn(
        _ pictures: PictureSet, numbers: ClassifierConfiguration, width: Int = 16,
        observer: (ClassifierReport) -> TrainingDirective = { _ in .more }
    ) throws -> SmallClassifier? {
        precondition(
            !pictures.labels.isEmpty, "[ClassifierLesson] expected pictures with classes, got none")
        let sizes = SmallClassifierConfiguration(
            picture: pictures.shape, classCount: pictures.classNames.count, width: width)
        var order = ShuffledOrder(
            count: pictures.count, key: RandomKey(seed: numbers.seed).folded("batches"))
        var trainer = ClassifierTrainer(sizes, configuration: numbers)
        let size = numbers.batchSize
        while trainer.state.step < numbers.steps {
            let position = trainer.state.step * size
            let indices = order.indices(from: position, count: size)
            let report = try trainer.step(pictures.batch(indices, position: position + size))
            if observer(report) == .stop && report.step < numbers.steps { return nil }
        }
        return trainer.state.average.average
    }
}
