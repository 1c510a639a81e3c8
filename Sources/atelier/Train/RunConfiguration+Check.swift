import Datasets
import Glibc
import Networks
import Runs
import Training

extension RunConfiguration {
    /// The most channels that a layer may have.
    static let mostChannels = 512

    /// Refuses what a file may claim but no run can be: settings come from outside, and sizes decide how
    /// much memory is asked for.
    ///
    /// - Parameter path: The file that the settings were read from, for the message.
    func check(path: String) throws(RunError) {
        if let problem { throw .damaged(path: path, reason: problem) }
    }

    /// The first setting that is out of range, in words.
    var problem: String? {
        if let problem = networks.problem(mostChannels: Self.mostChannels) {
            return "networks: \(problem)"
        }
        let whole: [(name: String, value: Int?, range: ClosedRange<Int>)] = [
            ("training.batchSize", training.batchSize, 2...4096),
            ("training.microBatches", training.microBatches, 1...4096),
            ("objective.discriminatorSteps", objective.discriminatorSteps, 1...64),
            ("objective.packing", objective.packing, 1...16),
            ("cadence.steps", cadence.steps, 1...Int(Int32.max)),
            ("cadence.checkpointEvery", cadence.checkpointEvery, 1...Int.max),
            ("cadence.sampleEvery", cadence.sampleEvery, 1...Int.max),
            ("cadence.logEvery", cadence.logEvery, 1...Int.max),
            ("cadence.checkpointsKept", cadence.checkpointsKept, 1...Int.max),
            ("cadence.sampleCount", cadence.sampleCount, 1...1024),
            ("cadence.metricsEvery", cadence.metricsEvery, 1...Int.max),
            ("cadence.metricsSamples", cadence.metricsSamples, 20...1_000_000),
            ("cadence.neighboursEvery", cadence.neighboursEvery, 1...Int.max),
            ("data.pictures.cacheBytes", data.pictures.cacheBytes, 0...Int.max),
        ]
        for (name, value, range) in whole {
            if let value, !range.contains(value) {
                let top = range.upperBound == .max ? "or more" : "to \(range.upperBound)"
                return "\(name) is \(value), expected \(range.lowerBound) \(top)"
            }
        }
        if let key = cadence.bestBy, !MetricsPlan.keys.contains(key) {
            return "cadence.bestBy is \(key.prefix(40)), expected one of "
                + MetricsPlan.keys.joined(separator: ", ")
        }
        let pictures = data.pictures
        if pictures.width != networks.picture.width || pictures.height != networks.picture.height {
            return "data.pictures is \(pictures.width)x\(pictures.height), "
                + "networks.picture \(networks.picture.width)x\(networks.picture.height)"
        }
        return numberProblem ?? trainingProblem
    }

    /// What of the game does not fit the networks or the data.
    private var trainingProblem: String? {
        if let problem = training.problem { return "training: \(problem)" }
        let part = training.batchSize / training.microBatches
        let classes = networks.classCount
        if let problem = objective.problem(batchSize: part, classCount: classes) {
            return "objective: \(problem)"
        }
        if objective.packing > 1 && !family.takesPacks {
            return "objective.packing is \(objective.packing): a \(family.title) judges single "
                + "pictures"
        }
        if objective.pathLength != nil && !family.hasStyles {
            return "objective.pathLength: a \(family.title) has no styles"
        }
        if objective.pathLength.map({ $0.interval > 1 << 20 || $0.shrink > 4096 }) ?? false {
            return "objective.pathLength: expected an interval and a shrinking within reason"
        }
        if classes > 0 && data.classNames.count != classes {
            return "networks has \(classes) classes, data.classNames \(data.classNames.count)"
        }
        if case .histogram(let counts) = training.fakeLabels,
            counts.count != classes || !counts.allSatisfy({ (0...1 << 40).contains($0) })
                || !counts.contains(where: { $0 > 0 })
        {
            return "training.fakeLabels: expected a count for each of \(classes) classes"
        }
        if case .adaptive(let control) = training.augmentationProbability,
            !(1...1 << 20).contains(control.interval) || !(control.kimg > 0)
                || !(0...1).contains(control.limit) || !(-1...1).contains(control.target)
        {
            return "training.augmentationProbability: expected a positive interval and length, a "
                + "target in -1...1 and a limit in 0...1"
        }
        if case .linearDecay(let start, let end) = training.schedule,
            ![start, end].allSatisfy({ (0...Int(Int32.max)).contains($0) })
        {
            return "training.schedule: expected steps from 0 to \(Int32.max)"
        }
        return nil
    }

    private var numberProblem: String? {
        let numbers: [(name: String, value: Double?, range: ClosedRange<Double>)] = [
            ("training.generatorLearningRate", training.generatorLearningRate, 0...100),
            ("training.discriminatorLearningRate", training.discriminatorLearningRate, 0...100),
            ("training.beta1", training.beta1, 0...0.999_999),
            ("training.beta2", training.beta2, 0...0.999_999_999),
            ("training.averageDecay", training.averageDecay, 0...1),
            ("cadence.minutes", cadence.minutes, 0...1e9),
            ("data.heldOut", data.heldOut, 0...0.5),
            ("objective.leCam", objective.leCam, 0...1e6),
            ("objective.classWeight", objective.classWeight, 0...1e6),
            ("objective.auxiliaryWeight", objective.auxiliaryWeight, 0...1e6),
            ("objective.weightClip", objective.weightClip, 0...1e6),
            ("objective.gradientPenalty.weight", objective.gradientPenalty?.weight, 0...1e6),
            ("objective.pathLength.weight", objective.pathLength?.weight, 0...1e6),
        ]
        // A NaN is in no range.
        for (name, value, range) in numbers {
            if let value, !range.contains(value) {
                return "\(name) is \(value), expected \(range.lowerBound) to \(range.upperBound)"
            }
        }
        return nil
    }

    // MARK: Memory

    /// A lower bound of the bytes that a step of training holds at a time: the discriminator's values
    /// before and after each activation, which its derivatives need, and the weights with Adam's moments.
    var leastTrainingBytes: Double {
        var (height, width) = (networks.picture.height, networks.picture.width)
        var (values, weights, inputs) = (0.0, 0.0, networks.picture.channels)
        var channels = networks.channelsAtPicture
        while height % 2 == 0, width % 2 == 0, height / 2 >= 4, width / 2 >= 4 {
            (height, width) = (height / 2, width / 2)
            values += Double(height * width) * Double(channels)
            weights += 16 * Double(inputs) * Double(channels)
            (inputs, channels) = (channels, min(channels * 2, networks.maximumWidth))
        }
        let part = Double(training.batchSize / max(1, training.microBatches))
        return 4 * (values * part * 2 + weights * 7)
    }

    /// Refuses training that this machine has not the memory for, before any is asked for.
    func checkMemory() throws {
        let machine = Double(sysconf(Int32(_SC_PHYS_PAGES))) * Double(sysconf(Int32(_SC_PAGESIZE)))
        guard machine > 0, leastTrainingBytes > machine else { return }
        throw Failure(
            "--batch \(training.batchSize) and --width \(networks.width) at "
                + "\(networks.picture.width)x\(networks.picture.height) need more than "
                + "\(Readable.bytes(Int(leastTrainingBytes))) of memory, this machine has "
                + "\(Readable.bytes(Int(machine))): choose a smaller --batch, --width or --size, "
                + "or split batches with --accumulate")
    }
}

extension RunState {
    /// Refuses counts that no run can have.
    func check(_ checkpoint: Checkpoint) throws(RunError) {
        let counts = [
            counters.step, counters.samplesSeen, counters.dataPosition, counters.generatorUpdates,
            counters.discriminatorUpdates, counters.averageUpdates,
        ]
        if let odd = counts.first(where: { !(0...(1 << 53)).contains($0) }) {
            throw .damaged(path: checkpoint.path, reason: "a counter is \(odd), expected 0 to 2^53")
        }
        guard counters.step == checkpoint.step else {
            throw .damaged(
                path: checkpoint.path,
                reason:
                    "its counter says step \(counters.step), its metadata step \(checkpoint.step)")
        }
        let shares: [(name: String, value: Double, range: ClosedRange<Double>)] = [
            ("learningRateScale", counters.learningRateScale, 0...1),
            ("augmentation.probability", counters.augmentation.probability, 0...1),
        ]
        for (name, value, range) in shares where !range.contains(value) {
            throw .damaged(path: checkpoint.path, reason: "\(name) is \(value), expected 0 to 1")
        }
        let steps = [
            counters.rollBacks, counters.augmentation.stepCount, counters.augmentation.sampleCount,
        ]
        if let odd = steps.first(where: { !(0...(1 << 53)).contains($0) }) {
            throw .damaged(path: checkpoint.path, reason: "a counter is \(odd), expected 0 to 2^53")
        }
        if let (name, value) = counters.tracked.first(where: { !$0.value.isFinite }) {
            throw .damaged(path: checkpoint.path, reason: "the average \(name) is \(value)")
        }
        guard (0...1e12).contains(seconds) else {
            throw .damaged(
                path: checkpoint.path, reason: "seconds is \(seconds), expected 0 to 1e12")
        }
    }
}
