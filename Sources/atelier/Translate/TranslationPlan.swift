import ArgumentParser
import Datasets
import Networks
import Training

/// Works out the settings of a new run from what was said and what the data is.
struct TranslationPlan {
    let arguments: TranslationArguments

    /// The data's part of the settings; `count` is not known yet.
    ///
    /// - Parameters:
    ///   - training: Where the pictures are.
    ///   - heldOut: Where those are that it is measured with, if apart.
    ///   - isReversed: Whether B is translated to A.
    ///   - shortSides: The shorter side of each picture, where no size was said.
    ///   - mostUnasked: The largest side that is chosen for whoever asks for none.
    func data(
        training: PairSource, heldOut: PairSource?, isReversed: Bool = false,
        shortSides: () throws -> [Int], mostUnasked: Int
    ) throws -> TranslationRunConfiguration.DataConfiguration {
        let size: PictureSize
        if let asked = arguments.pictures.size {
            size = asked
        } else {
            let side = FittingSide.side(forShortSides: try shortSides(), atMost: mostUnasked)
            size = PictureSize(width: side, height: side)
        }
        guard (16...1024).contains(size.width), (16...1024).contains(size.height) else {
            throw Failure("--size \(size.defaultValueDescription): expected sides of 16 to 1024")
        }
        return TranslationRunConfiguration.DataConfiguration(
            training: training, heldOut: heldOut, heldOutShare: 0.1,
            heldOutLimit: arguments.pictures.heldOutCount ?? 32, height: size.height,
            width: size.width, isReversed: isReversed,
            jitter: PictureJitter(
                enlargement: arguments.pictures.jitter ?? 286.0 / 256,
                mirrors: !arguments.pictures.noMirror), count: 1)
    }

    /// The numbers of each step, without a schedule.
    var steps: TranslationSteps {
        var steps = TranslationSteps()
        steps.batchSize = arguments.training.batch ?? steps.batchSize
        steps.learningRate = arguments.training.lr ?? steps.learningRate
        steps.seed = arguments.training.seed ?? steps.seed
        steps.precision = arguments.training.precision?.precision ?? steps.precision
        return steps
    }

    /// How features are normalised: over the batch only where there is one worth the name.
    var normalization: FeatureNormalization {
        arguments.network.norm ?? (steps.batchSize >= 4 ? .batch : .instance)
    }

    /// The network that translates.
    func generator(
        _ choice: GeneratorChoice, dropout: Double,
        _ data: TranslationRunConfiguration.DataConfiguration
    ) throws -> TranslationGeneratorConfiguration {
        let width = arguments.network.width ?? 32
        let upsampling = arguments.network.upsampling ?? .resize
        let size = PictureSize(width: data.width, height: data.height).defaultValueDescription
        switch choice {
        case .unet:
            // Down to a single pixel, as the paper, where the size allows it.
            let levels = min(
                8, data.width.trailingZeroBitCount, data.height.trailingZeroBitCount)
            guard levels >= 3 else {
                throw Failure(
                    "--size \(size): a U-Net halves both sides again and again: expected multiples "
                        + "of 8, best powers of two such as 64, 128 or 256; or take --generator "
                        + "resnet")
            }
            return .unet(
                UNetConfiguration(
                    width: width, levels: levels, dropout: dropout,
                    normalization: normalization, upsampling: upsampling))
        case .resnet:
            guard data.width % 4 == 0, data.height % 4 == 0 else {
                throw Failure("--size \(size): a resnet expects multiples of 4")
            }
            let side = min(data.width, data.height)
            return .resnet(
                ResNetGeneratorConfiguration(
                    width: width, blockCount: arguments.network.blocks ?? (side >= 256 ? 9 : 6),
                    normalization: normalization, upsampling: upsampling))
        }
    }

    /// What the discriminator judges at once: 70 pixels, or less where pictures are small.
    func reach(_ data: TranslationRunConfiguration.DataConfiguration) -> PatchReach {
        if let choice = arguments.network.patch { return choice.reach }
        let side = min(data.width, data.height)
        return .stridedLayers((1...3).last { side >> $0 >= 4 } ?? 1)
    }

    /// When things are written.
    func cadence(samples: Int) -> RunConfiguration.Cadence {
        RunConfiguration.Cadence(
            steps: nil, minutes: nil, checkpointEvery: arguments.running.checkpointEvery,
            sampleEvery: arguments.running.sampleEvery, logEvery: 10,
            checkpointsKept: arguments.running.keep ?? 3, sampleCount: samples)
    }
}

extension TranslationRunConfiguration {
    /// Sets how long the run goes on, where something was said about it, and with it the schedule.
    mutating func setLength(
        _ length: TranslationOptions.Length, otherwiseMinutes: Double?
    ) {
        if let count = length.steps ?? length.epochs.map({ $0 * stepsPerEpoch }) {
            (cadence.steps, cadence.minutes) = (min(count, Int(Int32.max)), nil)
        } else if let minutes = length.minutes ?? otherwiseMinutes {
            (cadence.steps, cadence.minutes) = (nil, minutes)
        } else {
            return
        }
        if let end = cadence.steps, decays {
            steps.schedule = .linearDecay(start: end / 2, end: end)
        } else {
            steps.schedule = .constant
        }
    }

    /// Takes over what was said and may change while a run goes on.
    mutating func apply(
        _ training: TranslationOptions.Training, _ running: TrainCommand.RunningOptions
    ) {
        if let rate = training.lr { steps.learningRate = rate }
        if let precision = training.precision { steps.precision = precision.precision }
        cadence.checkpointEvery = running.checkpointEvery ?? cadence.checkpointEvery
        cadence.sampleEvery = running.sampleEvery ?? cadence.sampleEvery
        cadence.checkpointsKept = running.keep ?? cadence.checkpointsKept
    }

    /// What would be trained, for a person: a line each.
    var planLines: [String] {
        var lines = [summary]
        switch game {
        case .pix2pix(let settings):
            lines.append(
                "discriminator: patches of \(settings.reach.side) pixels, width "
                    + "\(settings.discriminatorWidth), \(settings.loss.rawValue); L1 weighs "
                    + "\(Readable.fixed(settings.l1Weight, 1)), the game "
                    + "\(Readable.fixed(settings.adversarialWeight, 1))")
        case .cyclegan(let settings):
            lines.append(
                "discriminators: patches of \(settings.reach.side) pixels, width "
                    + "\(settings.discriminatorWidth), \(settings.loss.rawValue); there and back "
                    + "weighs \(Readable.fixed(settings.cycleWeight, 1)), identity "
                    + "\(Readable.fixed(settings.identityWeight, 2)) of that; pools of "
                    + "\(settings.poolSize)")
        }
        let upsampling =
            switch generator {
            case .unet(let sizes): sizes.upsampling
            case .resnet(let sizes): sizes.upsampling
            }
        lines.append(
            "norm \(generator.normalization.rawValue), upsampling \(upsampling.rawValue), enlarged "
                + "\(Readable.fixed(data.jitter.enlargement, 3)) times and cut"
                + (data.jitter.mirrors ? ", mirrored half of the time" : ", never mirrored"))
        let length =
            cadence.steps.map {
                "\($0) steps, \(Readable.fixed(Double($0) / Double(stepsPerEpoch), 1)) epochs"
            } ?? "\(Readable.fixed(cadence.minutes ?? 0, 1)) minutes"
        let decay =
            if case .linearDecay(let start, let end) = steps.schedule {
                "falling to 0 from step \(start) to \(end)"
            } else { "throughout" }
        lines.append("\(length); learning rate \(steps.learningRate) \(decay)")
        if let features {
            lines.append(
                "held-out pictures are compared by the features of \(features.network) as well")
        }
        lines.append(
            "the best checkpoint is that with the best \(best.rawValue) on held-out pictures")
        return lines
    }
}
