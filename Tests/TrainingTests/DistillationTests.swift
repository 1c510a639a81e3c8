import Networks
import TensorCore
import TestSupport
import Testing
import Training

/// A student that learns another network's activations.
@Suite struct DistillationTests {
    init() { _ = Engine.installed }

    private static let narrow = [4, 4, 6, 8]

    private static func teacher(widths: [Int]) -> PerceptualTeacher {
        let network = StyleEncoder(key: RandomKey(seed: 77), widths: widths)
        evaluate(network.namedTensors().map(\.tensor))
        // A hundred times as large as the student's own: sizes are to be taken out.
        return PerceptualTeacher(name: "drawn") { pictures in
            network.activations(of: pictures).map { $0 * 100 }
        }
    }

    private static var numbers: DistillationConfiguration {
        var numbers = DistillationConfiguration()
        numbers.widths = narrow
        numbers.side = 32
        numbers.batchSize = 4
        numbers.steps = 60
        numbers.learningRate = 1e-2
        numbers.seed = 5
        return numbers
    }

    private static let sampler = PatchSampler(side: 32)

    /// Smooth pictures of 64x64 with their patches.
    private static func patches(_ step: Int) -> Tensor {
        let key = RandomKey(seed: 9).folded(UInt64(step))
        var bytes: [UInt8] = []
        for picture in 0..<4 {
            let draws = (0..<6).map { key.folded(UInt64(picture)).uniform(UInt64($0)) }
            for y in 0..<64 {
                for x in 0..<64 {
                    for channel in 0..<3 {
                        let wave = (Float(x) * draws[channel] + Float(y) * draws[5 - channel]) / 3
                        let phase = wave.truncatingRemainder(dividingBy: 2)
                        bytes.append(UInt8(abs(phase - 1) * 255))
                    }
                }
            }
        }
        return Tensor(
            uint8: sampler.patches(of: bytes, key: key.folded("patches")), shape: [4, 32, 32, 3])
    }

    private static func trained(
        _ trainer: DistillationTrainer, to end: Int
    ) throws -> DistillationTrainer {
        var trainer = trainer
        while trainer.state.step < end {
            let step = trainer.state.step
            _ = try trainer.step(patches(step), share: Double(step) / Double(numbers.steps))
        }
        return trainer
    }

    @Test(arguments: [[4, 4, 6, 8], [5, 6, 7, 9]])
    func theStudentComesNearer(teacherWidths: [Int]) throws {
        let fresh = DistillationTrainer(
            Self.numbers, teacher: Self.teacher(widths: teacherWidths), pictures: Self.patches(1000)
        )
        let scales = fresh.state.scales.floats()
        #expect(scales.allSatisfy { $0 > 5 && $0 < 5000 }, "\(scales)")
        let before = fresh.errors(on: Self.patches(1000))
        let trained = try Self.trained(fresh, to: Self.numbers.steps)
        let after = trained.errors(on: Self.patches(1000))
        for (old, new) in zip(before, after) { #expect(new < 0.8 * old, "\(before) to \(after)") }
        #expect(trained.errors(on: Self.patches(1000)) == after)
    }

    @Test func aSavedStateGoesOnToTheSameBits() throws {
        let teacher = Self.teacher(widths: Self.narrow)
        let fresh = DistillationTrainer(
            Self.numbers, teacher: teacher, pictures: Self.patches(1000))
        let whole = try Self.trained(fresh, to: 6)
        let half = try Self.trained(fresh, to: 3)
        var restored = DistillationState(Self.numbers, teacherWidths: Self.narrow)
        var saved = half.state.namedTensors().map(\.tensor).makeIterator()
        restored.mapTensors { _, tensor in
            saved.next().map { Tensor($0.floats(), shape: $0.shape) } ?? tensor
        }
        restored.step = half.state.step
        let again = try Self.trained(
            DistillationTrainer(state: restored, Self.numbers, teacher: teacher), to: 6)
        for (a, b) in zip(whole.state.namedTensors(), again.state.namedTensors()) {
            #expect(a.tensor.bytes() == b.tensor.bytes(), "\(a.name)")
        }
        // The map of colours stays what it is.
        let fixed = whole.state.pair.student.namedTensors(.buffer).map { $0.tensor.floats() }
        #expect(fixed == [[4, 0, 0, 0, 4, 0, 0, 0, 4], [-2, -2, -2]])
    }

    @Test func aLossThatIsNoNumberChangesNothing() throws {
        var trainer = DistillationTrainer(
            Self.numbers,
            teacher: PerceptualTeacher(name: "broken") { pictures in
                (0..<4).map { place in
                    let side = pictures.shape[1] >> place
                    let shape = [pictures.shape[0], side, side, Self.narrow[place]]
                    return Tensor.full(Double.nan, shape: shape)
                }
            }, pictures: Self.patches(1))
        let before = trainer.state.namedTensors().map { $0.tensor.bytes() }
        #expect(throws: TrainingError.self) { _ = try trainer.step(Self.patches(0), share: 0) }
        #expect(trainer.state.namedTensors().map { $0.tensor.bytes() } == before)
        #expect(trainer.state.step == 0)
    }

    @Test func patchesArePartsOrWholes() {
        // A picture whose pixel at (x, y) is x in red and y in green.
        var bytes: [UInt8] = []
        for y in 0..<64 { for x in 0..<64 { bytes += [UInt8(x), UInt8(y), 7] } }
        var (wholes, parts) = (0, 0)
        for seed in 0..<20 {
            let patch = Self.sampler.patches(of: bytes, key: RandomKey(seed: UInt64(seed)))
            #expect(patch.count == 32 * 32 * 3)
            let step = Int(patch[3]) - Int(patch[0])
            if step == 2 {
                wholes += 1
                // Means of 0 and 1, rounded up.
                #expect(patch[0] == 1 && patch[1] == 1)
            } else {
                parts += 1
                #expect(step == 1 && patch[0] <= 32 && patch[1] <= 32)
            }
            #expect(Int(patch[32 * 3 + 1]) - Int(patch[1]) == step && patch[2] == 7)
        }
        #expect(wholes > 2 && parts > 2)
        #expect(Self.sampler.bothPatches(of: bytes + bytes).count == 4 * 32 * 32 * 3)
    }

    @Test func ratesRiseAndFall() {
        let numbers = Self.numbers
        let rates = [0, 0.02, 0.5, 1].map { numbers.learningRate(after: $0) }
        #expect(rates[0] > 0 && rates[0] < rates[1] && rates[1] > rates[2] && rates[2] > rates[3])
        #expect(rates[1] == numbers.learningRate && rates[3] < 1e-9)
        var odd = numbers
        odd.side = 40
        #expect(odd.problem != nil && numbers.problem == nil)
    }
}
