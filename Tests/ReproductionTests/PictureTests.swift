import Metrics
import Networks
import Reproduction
import TensorCore
import Testing
import Training

/// Protocols on pictures, on drawn digits and in few steps.
@Suite struct PictureTests {
    private let key = RandomKey(seed: 31)

    init() { _ = Engine.installed }

    private var digits: PictureSet { .drawnDigits(60, key: key) }

    @Test func aStackHoldsThreeDigitsOfTheSetInsideAMargin() {
        let set = digits
        let stacks = StackedDigits(set)
        let pictures = stacks.pictures(5, key: key)
        #expect(pictures == stacks.pictures(5, key: key))
        #expect(pictures != stacks.pictures(5, key: key.folded(1)))
        #expect(pictures.count == 5 * 32 * 32 * 3)
        for picture in 0..<5 {
            for channel in 0..<3 {
                func value(_ row: Int, _ column: Int) -> UInt8 {
                    pictures[((picture * 32 + row) * 32 + column) * 3 + channel]
                }
                let inner = (2..<30).flatMap { row in (2..<30).map { value(row, $0) } }
                let isOfTheSet = (0..<set.count).contains {
                    Array(set.bytes[$0 * 784..<($0 + 1) * 784]) == inner
                }
                #expect(isOfTheSet)
                #expect((0..<32).allSatisfy { value(0, $0) == 0 && value(31, $0) == 0 })
                #expect((0..<32).allSatisfy { value($0, 1) == 0 && value($0, 30) == 0 })
            }
        }
    }

    @Test func aReaderReadsTheDigitsOfItsLesson() throws {
        let set = PictureSet.drawnDigits(400, key: key)
        var numbers = ClassifierConfiguration()
        numbers.batchSize = 20
        numbers.steps = 200
        numbers.learningRate = 0.1
        numbers.averageDecay = 0.9
        let network = try #require(
            try ClassifierLesson.learn(set, numbers: numbers, width: 8))
        let fresh = PictureSet.drawnDigits(60, key: key.folded("fresh"))
        let reader = DigitReader(network)
        // Three digits in one picture: 0 1 2, 3 4 5, ...
        var stacked = [UInt8](repeating: 0, count: 20 * 32 * 32 * 3)
        for index in 0..<60 {
            for row in 0..<28 {
                for column in 0..<28 {
                    stacked[(((index / 3) * 32 + row + 2) * 32 + column + 2) * 3 + index % 3] =
                        fresh.bytes[index * 784 + row * 28 + column]
                }
            }
        }
        let read = reader.digits(in: stacked, chunk: 16)
        #expect(read.count == 60)
        let right = read.enumerated().filter { $0.element == $0.offset % 10 }.count
        #expect(right >= 45, "\(right) of 60")
        let result = try reader.measure(stacked)
        #expect(result.sampleCount == 20 && (1...20).contains(result.modes))
    }

    @Test func everyMethodOfStackedDigitsTrainsAndEqualSeedsAgree() throws {
        let source = StackedDigits(digits).source
        let methods = PictureMethod.stackedDigits() + [.stackedDigitsR3GAN()]
        for method in methods {
            #expect(method.problem == nil)
            let quick = method.quick(steps: 2)
            var made: [[UInt8]] = []
            for _ in 0..<2 {
                var trial = PictureTrial(quick, seed: 6, source: source)
                while !trial.isDone { _ = try trial.advance() }
                made.append(trial.pictures(3))
            }
            #expect(made[0].count == 3 * 32 * 32 * 3, "\(method.name)")
            #expect(made[0] == made[1], "\(method.name)")
        }
    }

    @Test func aTrialGoesOnFromWhatWasSaved() throws {
        let method = PictureMethod.stackedDigits()[2].quick(steps: 4)
        let source = StackedDigits(digits).source
        var whole = PictureTrial(method, seed: 8, source: source)
        for _ in 0..<2 { _ = try whole.advance() }
        let saved = whole.training.namedTensors().map { name, tensor in
            (name, tensor.bytes(), tensor.shape, tensor.dtype)
        }
        let counters = whole.training.counters
        for _ in 0..<2 { _ = try whole.advance() }
        var resumed = PictureTrial(method, seed: 8, source: source)
        try resumed.restore(counters: counters) { name in
            saved.first { $0.0 == name }.map { part in
                part.1.withUnsafeBytes { Tensor(copying: $0, shape: part.2, dtype: part.3) }
            }
        }
        #expect(resumed.step == 2)
        for _ in 0..<2 { _ = try resumed.advance() }
        #expect(resumed.isDone)
        #expect(resumed.pictures(4) == whole.pictures(4))
        #expect(throws: RestoreError.self) {
            try resumed.restore(counters: counters) { _ in nil }
        }
    }

    @Test func fewShotMethodsTrainAndAreMeasured() throws {
        let shape = PictureShape(height: 32, width: 32, channels: 3)
        let pictures = PictureSet.drawnDigits(20, shape: shape, key: key)
        let network = ClassifierFeatures(
            SmallClassifier(.init(picture: shape, classCount: 10, width: 8), key: key),
            name: "of random weights", chunkSize: 20)
        let judge = try DistanceJudge(network, reals: pictures)
        let own = try judge.measure(pictures.bytes, shape: shape)
        #expect(own.frechet.value < 1e-3)
        let methods = PictureMethod.fewShot(shape)
        #expect(methods.map(\.name) == ["no augmentation", "DiffAugment", "ADA"])
        for method in methods {
            #expect(method.problem == nil)
            var trial = PictureTrial(method.quick(steps: 2), seed: 1, pictures: pictures)
            while !trial.isDone { _ = try trial.advance() }
            let result = try judge.measure(trial.pictures(20), shape: shape)
            #expect(result.frechet.value.isFinite && result.frechet.value > own.frechet.value)
            let figures = ReproductionTable.figures(result.frechet, result.kernel)
            #expect(figures.allSatisfy { $0 != nil })
        }
    }

    @Test func anEpochHasEveryPictureOnce() {
        var order = ShuffledOrder(count: 7, key: key)
        let first = order.indices(from: 0, count: 7)
        #expect(Set(first).count == 7)
        let second = order.indices(from: 7, count: 7)
        #expect(Set(second).count == 7 && first != second)
        // Any position, in any order.
        var other = ShuffledOrder(count: 7, key: key)
        #expect(other.indices(from: 5, count: 4) == Array((first + second)[5..<9]))
    }
}
