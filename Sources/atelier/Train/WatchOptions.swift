import ArgumentParser

extension TrainCommand {
    /// What is looked at while a network trains.
    struct WatchOptions: ParsableArguments {
        @Option(
            help:
                "Measure the averaged generator as 'atelier metrics' does, every N steps and at the end, and keep that checkpoint (0: not at all)."
        )
        var metricsEvery: Int?
        @Option(
            help:
                "The feature network for it, as safetensors (a classifier trained on DATA, if one is found)."
        )
        var metricsFeatures: String?
        @Option(
            help:
                "How many pictures to make for it (as many as there are real ones, at most 2048; all real ones are compared with)."
        )
        var metricsSamples: Int?
        @Option(
            help:
                "The figure that chooses the best checkpoint: fid, kid, precision, recall, density, coverage, score, classes, class_divergence or swd (fid, or kid with few pictures, or swd without features)."
        )
        var bestBy: String?
        @Option(
            help:
                "Draw made pictures beside the nearest real ones every N steps (at the end, and whenever metrics are measured)."
        )
        var neighboursEvery: Int?
        @Option(
            help:
                "Keep about N pictures out of training, to see whether the discriminator knows the others by heart (5% and at most 500 of 5000 or more; else 0)."
        )
        var heldOut: Int?
        @Option(
            help:
                "Draw what --augment and --discriminator-augment do to pictures into this .png, and train nothing."
        )
        var previewAugmentation: String?

        /// What of the options is out of range or contradicts itself.
        ///
        /// - Parameter isResuming: Whether a run brings settings of its own.
        func check(isResuming: Bool) throws {
            let whole: [(String, Int?, ClosedRange<Int>)] = [
                ("--metrics-every", metricsEvery, 0...Int(Int32.max)),
                ("--metrics-samples", metricsSamples, Self.samplesRange),
                ("--neighbours-every", neighboursEvery, 0...Int(Int32.max)),
                ("--held-out", heldOut, 0...10_000_000),
            ]
            for (name, value, range) in whole {
                if let value, !range.contains(value) {
                    throw ValidationError(
                        "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
                }
            }
            if let heldOut, heldOut > 0, heldOut < HeldOutPart.least {
                throw ValidationError(
                    "--held-out \(heldOut): expected 0 for none, or \(HeldOutPart.least) or more to "
                        + "tell anything by")
            }
            if let bestBy, !MetricsPlan.keys.contains(bestBy) {
                throw ValidationError(
                    "--best-by \(bestBy): expected one of \(MetricsPlan.keys.joined(separator: ", "))"
                )
            }
            let guests: [(String, Bool)] = [
                ("--metrics-features", metricsFeatures != nil),
                ("--metrics-samples", metricsSamples != nil), ("--best-by", bestBy != nil),
            ]
            if !isResuming, metricsEvery ?? 0 == 0, let (name, _) = guests.first(where: { $0.1 }) {
                throw ValidationError(
                    "\(name) goes with --metrics-every N: say how often to measure")
            }
            if let path = previewAugmentation, !path.lowercased().hasSuffix(".png") {
                throw ValidationError(
                    "--preview-augmentation \(path): expected a name that ends in .png")
            }
        }

        /// How many pictures may be made for a measurement.
        static let samplesRange = 20...1_000_000

        /// Whether anything was said about metrics.
        var namesMetrics: Bool {
            metricsEvery != nil || metricsFeatures != nil || metricsSamples != nil || bestBy != nil
        }
    }
}

extension RunConfiguration {
    /// Goes on watching as a session before did.
    mutating func watch(as last: Cadence) {
        cadence.metricsEvery = last.metricsEvery
        cadence.metricsSamples = last.metricsSamples
        cadence.metricsFeatures = last.metricsFeatures
        cadence.bestBy = last.bestBy
        cadence.neighboursEvery = last.neighboursEvery
    }

    /// Takes over what was said of watching.
    mutating func apply(_ options: TrainCommand.WatchOptions) {
        if let every = options.metricsEvery { cadence.metricsEvery = every > 0 ? every : nil }
        if let every = options.neighboursEvery {
            cadence.neighboursEvery = every > 0 ? every : nil
        }
        if let samples = options.metricsSamples { cadence.metricsSamples = samples }
        if let path = options.metricsFeatures {
            cadence.metricsFeatures = TrainingJob.absolutePath(path)
            // Another network, other figures: which one chooses is decided anew.
            cadence.bestBy = nil
        }
        if let key = options.bestBy { cadence.bestBy = key }
    }
}
