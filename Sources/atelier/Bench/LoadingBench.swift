import Datasets
import Foundation
import Imaging
import Networks
import Synchronization
import TensorCore
import Training

/// How fast pictures come out of files or memory, prepared for training: alone, and while a
/// training takes its share of the cores and of the pictures.
///
/// The loader that is measured delivers into the void for a few seconds. With a training, three
/// stretches follow each other: the loader alone, the training alone (fed by a loader of its own,
/// as in `atelier train`), and both at once.
struct LoadingBench {
    /// A folder, an archive or an array file.
    var data: String
    /// The side that pictures are brought to.
    var size = 64
    /// Pictures in a batch.
    var batch = 64
    /// What is done to pictures on the way in.
    var augmentation = AugmentationPipeline.none
    /// How that is called in the result.
    var augmentationName = "none"
    /// Threads of the loader that is measured.
    var threads = 1
    /// Seconds of each stretch.
    var seconds = 4.0
    /// Whether prepared pictures are kept in memory, as `atelier train` does from the second epoch
    /// on; else every picture is read and decoded each time it is wanted.
    var keepsPictures = false
    /// The width of the DCGAN that trains meanwhile; nil for no training.
    var trainingWidth: Int?
    /// What its products may round to.
    var precision = ComputePrecision.float32

    /// What was measured, in the order of its JSON keys.
    struct Outcome: Encodable {
        var workload = "loading"
        var data: String
        var size: Int
        var batch: Int
        var augment: String
        var threads: Int
        /// Whether prepared pictures were kept in memory.
        var kept: Bool
        /// Pictures a second without a training beside it.
        var picturesPerSecond = 0.0
        /// Microseconds of processor time a picture, of all threads, without a training beside it.
        var processorMicroseconds = 0.0
        /// The width of the training's networks.
        var width: Int?
        /// Pictures a second that the training takes when nothing else runs.
        var trainingAlone: Double?
        /// Pictures a second that the training takes beside the loader that is measured.
        var trainingBeside: Double?
        /// Pictures a second that the loader delivers beside the training, on top of those.
        var loadingBeside: Double?
        /// ``loadingBeside`` over ``trainingAlone``.
        var loadingOverTraining: Double?
        /// The most memory that the process ever held.
        var peakMb = 0
    }

    /// Measures, and answers one line of JSON. A training needs an installed backend.
    ///
    /// - Throws: `DatasetError` for data that cannot be used, `TrainingError` from the training.
    func run() throws -> String {
        precondition(
            size > 0 && batch > 0 && threads > 0 && seconds > 0,
            "[LoadingBench] expected positive numbers, got size \(size), batch \(batch), "
                + "threads \(threads), seconds \(seconds)")
        let dataset = try PictureDataset(
            try PictureSources.open(path: data),
            PictureDatasetConfiguration(
                height: size, width: size, cacheBytes: keepsPictures ? 1 << 30 : 0))
        if keepsPictures { for index in 0..<dataset.count { _ = try? dataset.picture(at: index) } }
        var outcome = Outcome(
            data: data, size: size, batch: batch, augment: augmentationName, threads: threads,
            kept: keepsPictures)
        let alone = try load(stream(dataset, threads: threads)) { $0 >= seconds }
        outcome.picturesPerSecond = rounded(alone.rate)
        outcome.processorMicroseconds = rounded(alone.processorMicroseconds)
        if let trainingWidth { try train(dataset, width: trainingWidth, &outcome) }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        outcome.peakMb = usage.ru_maxrss / 1024
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(outcome), as: UTF8.self)
    }

    private func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    // MARK: The loader

    private func stream(_ dataset: PictureDataset, threads: Int) -> BatchStream {
        BatchStream(
            dataset, batchSize: batch, key: RandomKey(seed: 0).folded("data"),
            augmentation: augmentation, threadCount: threads)
    }

    /// Takes batches and throws them away until it is enough of seconds.
    private func load(
        _ stream: BatchStream, until isEnough: (Double) -> Bool
    ) throws -> (rate: Double, processorMicroseconds: Double) {
        let iterator = stream.makeIterator()
        func next() throws -> Int {
            guard let batch = iterator.next() else {
                throw stream.failure.map { $0 as any Error } ?? Failure("the data ended")
            }
            return batch.count
        }
        // From then on as many batches are prepared as are taken.
        _ = try next()
        let clock = ContinuousClock()
        let (start, processor) = (clock.now, Self.processorSeconds())
        var (count, seconds) = (0, 0.0)
        repeat {
            count += try next()
            seconds = (clock.now - start).inSeconds
        } while !isEnough(seconds)
        return (
            Double(count) / seconds, 1e6 * (Self.processorSeconds() - processor) / Double(count)
        )
    }

    // MARK: The training

    private func train(_ dataset: PictureDataset, width: Int, _ outcome: inout Outcome) throws {
        let networks = NetworkConfiguration.dcgan(
            DCGANConfiguration(
                picture: PictureShape(
                    height: size, width: size, channels: dataset.format.channelCount),
                width: width))
        var configuration = AdversarialConfiguration()
        configuration.batchSize = batch
        configuration.precision = precision
        let key = RandomKey(seed: 0)
        let state = AdversarialState(
            generator: networks.makeGenerator(key: key.folded("generator")),
            discriminator: networks.makeDiscriminator(key: key.folded("discriminator")),
            configuration: configuration)
        evaluate(state.namedTensors().map(\.tensor))
        var trainer = AdversarialTrainer(state: state, configuration: configuration)
        outcome.width = width
        let alone = try step(&trainer, stream(dataset, threads: 1))
        let signal = Signal()
        let beside = BackgroundWork {
            try load(stream(dataset, threads: threads)) { _ in
                signal.isOver.load(ordering: .relaxed)
            }.rate
        }
        let trained = Result { try step(&trainer, stream(dataset, threads: 1)) }
        signal.isOver.store(true, ordering: .relaxed)
        let loaded = try beside.wait()
        outcome.trainingBeside = rounded(try trained.get())
        outcome.trainingAlone = rounded(alone)
        outcome.loadingBeside = rounded(loaded)
        outcome.loadingOverTraining = rounded(loaded / alone)
    }

    /// Trains for a stretch; answers pictures a second, the first steps apart.
    private func step(
        _ trainer: inout GANTrainer,
        _ stream: BatchStream
    ) throws -> Double {
        let batches = stream.lazy.map { batch in
            TrainingBatch(
                pictures: Tensor(uint8: batch.pixels, shape: batch.shape),
                position: batch.nextPosition)
        }
        let clock = ContinuousClock()
        var start = clock.now
        var steps = -3
        var rate = 0.0
        try trainer.run(batches, until: .max, sampling: nil) { event, _ in
            guard case .stepped = event else { return .more }
            steps += 1
            if steps == 0 { start = clock.now }
            guard steps > 0 else { return .more }
            let elapsed = (clock.now - start).inSeconds
            rate = Double(steps * batch) / elapsed
            return elapsed >= seconds ? .stop : .more
        }
        return rate
    }

    /// Tells the loader beside a training that it may end.
    private final class Signal: Sendable {
        let isOver = Atomic<Bool>(false)
    }
}
