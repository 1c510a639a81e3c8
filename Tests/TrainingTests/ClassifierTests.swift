import Networks
import Optimizers
import TensorCore
import Testing
import Training

/// The trainer of the small classifier.
@Suite struct ClassifierTests {
    private let picture = PictureShape(height: 12, width: 12, channels: 1)

    init() { _ = Engine.installed }

    private var sizes: SmallClassifierConfiguration {
        SmallClassifierConfiguration(picture: picture, classCount: 3, width: 8)
    }

    private func numbers(seed: UInt64 = 1) -> ClassifierConfiguration {
        var numbers = ClassifierConfiguration()
        numbers.batchSize = 24
        numbers.steps = 40
        numbers.learningRate = 0.05
        numbers.averageDecay = 0.9
        numbers.augmentation = TensorAugmentation(flips: true, shift: 1)
        numbers.seed = seed
        return numbers
    }

    /// Rows, columns or a square, of a brightness by chance, with noise: no class is told by its mean.
    private func data(_ name: String, count: Int) -> (bytes: [UInt8], labels: [Int32]) {
        let key = RandomKey(seed: 7).folded(name)
        var (bytes, labels): ([UInt8], [Int32]) = ([], [])
        for item in 0..<count {
            let key = key.folded(UInt64(item))
            let (kind, phase) = (item % 3, key.integer(0, below: 2))
            labels.append(Int32(kind))
            for y in 0..<12 {
                for x in 0..<12 {
                    let isBright =
                        switch kind {
                        case 0: (y + phase) % 4 < 2
                        case 1: (x + phase) % 4 < 2
                        default: (2..<10).contains(x) && (2..<10).contains(y)
                        }
                    let noise = key.integer(UInt64(1 + 12 * y + x), below: 60)
                    bytes.append(UInt8((isBright ? 180 : 20) + noise))
                }
            }
        }
        return (bytes, labels)
    }

    private func batches(_ count: Int) -> [TrainingBatch] {
        (0..<count).map { step in
            let (bytes, labels) = data("batch \(step % 8)", count: 24)
            return TrainingBatch(
                pictures: Tensor(uint8: bytes, shape: [24, 12, 12, 1]),
                labels: Tensor(int32: labels, shape: [24]), position: 24 * (step + 1))
        }
    }

    @Test func learnsWhatItHasNotSeen() throws {
        var trainer = ClassifierTrainer(sizes, configuration: numbers())
        let test = data("test", count: 70)
        func accuracy() -> Double {
            ClassifierEvaluation(
                trainer.state.average.average, pictures: test.bytes, labels: test.labels, chunk: 32
            ).accuracy
        }
        let before = accuracy()
        var reports: [ClassifierReport] = []
        try trainer.run(batches(40)) { report, _ in
            reports.append(report)
            return .more
        }
        #expect(reports.map(\.step) == Array(1...40))
        #expect(reports.last?.samplesSeen == 40 * 24)
        #expect(before < 0.7 && accuracy() > 0.97, "\(before), \(accuracy())")
        #expect(reports[39].loss < 0.7 * reports[0].loss)
    }

    /// In a process of its own: other tests compile graphs as well.
    @Test func planIsMadeOnce() async {
        await #expect(processExitsWith: .success) {
            let tests = ClassifierTests()
            var trainer = ClassifierTrainer(tests.sizes, configuration: tests.numbers())
            let batches = tests.batches(6)
            for batch in batches.prefix(2) { _ = try trainer.step(batch) }
            let compiled = Runtime.compileCount
            for batch in batches.dropFirst(2) { _ = try trainer.step(batch) }
            #expect(Runtime.compileCount == compiled)
        }
    }

    @Test func seedDecides() throws {
        var first = ClassifierTrainer(sizes, configuration: numbers())
        var again = ClassifierTrainer(sizes, configuration: numbers())
        var other = ClassifierTrainer(sizes, configuration: numbers(seed: 2))
        let batches = batches(6)
        for batch in batches {
            _ = try (first.step(batch), again.step(batch), other.step(batch))
        }
        func values(_ trainer: ClassifierTrainer) -> [Float] {
            trainer.state.network.parameters[0].floats()
        }
        #expect(values(first) == values(again))
        #expect(values(first) != values(other))
    }

    @Test func stopsWhenToldAndSaysWhenDataEnd() throws {
        var trainer = ClassifierTrainer(sizes, configuration: numbers())
        try trainer.run(batches(5)) { report, _ in report.step == 2 ? .stop : .more }
        #expect(trainer.state.step == 2)
        #expect(throws: TrainingError.outOfData(step: 3)) {
            try trainer.run(batches(1)) { _, _ in .more }
        }
    }

    @Test func explosionIsReportedAndUndone() throws {
        var numbers = numbers()
        numbers.learningRate = 1e30
        numbers.warmup = 0
        var trainer = ClassifierTrainer(sizes, configuration: numbers)
        var failed: TrainingError?
        do { try trainer.run(batches(40)) { _, _ in .more } } catch let error as TrainingError {
            failed = error
        }
        guard case .nonFinite(let step, "loss", _) = failed else {
            Issue.record("expected a loss that is not finite, got \(String(describing: failed))")
            return
        }
        #expect(trainer.state.step == step - 1)
    }

    @Test func evaluationCountsEveryPictureOnce() {
        let network = SmallClassifier(sizes, key: RandomKey(seed: 3))
        let (bytes, labels) = data("counting", count: 31)
        let whole = ClassifierEvaluation(network, pictures: bytes, labels: labels, chunk: 31)
        let parts = ClassifierEvaluation(network, pictures: bytes, labels: labels, chunk: 7)
        #expect(whole.count == 31 && whole == parts)
        #expect(whole.confusion.map { $0.reduce(0, +) } == [11, 10, 10])
        #expect(Double(whole.rightCount) / 31 == whole.accuracy)
    }

    @Test func scheduleRisesAndFalls() {
        var numbers = ClassifierConfiguration()
        (numbers.steps, numbers.learningRate, numbers.warmup) = (100, 0.4, 0.2)
        let rates = (0..<100).map { numbers.learningRate(at: $0) }
        #expect(abs(rates[0] - 0.01) < 1e-12 && abs((rates.max() ?? 0) - 0.4) < 1e-3)
        #expect(zip(rates[..<19], rates[1...19]).allSatisfy(<))
        #expect(zip(rates[20..<99], rates[21...]).allSatisfy(>))
        #expect(abs(rates[59] + rates[60] - 0.4) < 1e-9 && rates[99] > 0 && rates[99] < 1e-4)
    }

    @Test func problemsAreToldInWords() {
        func problem(_ change: (inout ClassifierConfiguration) -> Void) -> String? {
            var numbers = ClassifierConfiguration()
            change(&numbers)
            return numbers.problem
        }
        #expect(problem { _ in } == nil)
        #expect(problem { $0.batchSize = 1 } == "expected a batch of 2 to 4096, got 1")
        #expect(problem { $0.learningRate = .nan }?.contains("positive learning rate") == true)
        #expect(problem { $0.smoothing = 2 } == "expected smoothing in 0...1, got 2.0")
        #expect(
            problem { $0.augmentation.shift = 40 } == "expected a shift of 0 to 32 pixels, got 40")
    }

    // MARK: Augmentation

    /// Every picture comes out as one of the shifted and mirrored ones, and all of them occur.
    @Test(arguments: [(false, 1), (true, 0), (true, 1)])
    func augmentationShiftsAndMirrors(_ flips: Bool, _ shift: Int) {
        let (height, width, channels, count) = (3, 4, 2, 200)
        let one = (0..<height * width * channels).map(Float.init)
        let pictures = Tensor(
            (0..<count).flatMap { _ in one }, shape: [count, height, width, channels])
        let augmented = TensorAugmentation(flips: flips, shift: shift)(
            pictures, key: RandomKey(seed: 5))
        #expect(augmented.shape == pictures.shape)
        let values = augmented.floats()
        var expected: Set<[Float]> = []
        for mirror in flips ? [false, true] : [false] {
            for down in -shift...shift {
                for right in -shift...shift {
                    var made: [Float] = []
                    for y in 0..<height {
                        for x in 0..<width {
                            let row = min(max(y + down, 0), height - 1)
                            let moved = min(max(x + right, 0), width - 1)
                            let column = mirror ? width - 1 - moved : moved
                            for c in 0..<channels {
                                made.append(one[(row * width + column) * channels + c])
                            }
                        }
                    }
                    expected.insert(made)
                }
            }
        }
        let found = Set((0..<count).map { Array(values[$0 * one.count..<($0 + 1) * one.count]) })
        #expect(found == expected)
    }

    @Test func augmentationCanBeOff() {
        let pictures = Tensor.normal([2, 3, 4, 1], key: RandomKey(seed: 1))
        let same = TensorAugmentation(flips: false, shift: 0)(pictures, key: RandomKey(seed: 5))
        #expect(same.floats() == pictures.floats())
    }
}
