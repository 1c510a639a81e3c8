public import Metrics
import Networks
import Training

extension ReproductionTable {
    /// An empty table of a mixture, with the paper's rows.
    public static func mixture(
        _ data: GaussianMixtureProtocol, methods: [MixtureMethod]
    ) -> ReproductionTable {
        ReproductionTable(
            title: data.name + ": modes of \(data.centres.count) that samples reach",
            notes: notes(data, methods),
            columns: [
                Column("modes (of \(data.centres.count))", digits: 1),
                Column("high quality", unit: .share, digits: 1),
                Column("reverse KL (nats)", digits: 3),
            ],
            published: data.published.map {
                PublishedRow(
                    method: $0.method, figures: [$0.modes, $0.highQualityShare, $0.divergence],
                    source: $0.source)
            })
    }

    /// A trial's figures, by the columns of a mixture's table.
    public static func figures(_ result: GaussianMixtureProtocol.Result) -> [Double?] {
        [
            Double(result.modes), figure(result.highQualityShare),
            figure(result.reverseDivergence),
        ]
    }

    private static func notes(
        _ data: GaussianMixtureProtocol, _ methods: [MixtureMethod]
    ) -> [String] {
        let first = [
            "\(data.sampleCount) samples a trial; of high quality within 3 standard deviations "
                + "(\(data.standardDeviation) each) of the nearest mode; a mode is found where it has "
                + "such a sample.",
            "The paper trains on a fixed set of 100,000 points, with batches of 100, networks with "
                + "batch normalisation and maxout, and many more steps; ours see fresh points in every "
                + "step. Within our rows, networks, batch and steps are as listed, and equal where "
                + "nothing else is said.",
        ]
        return first + methods.map(\.sentence)
    }
}

extension MixtureMethod {
    /// The method's numbers in a sentence.
    var sentence: String {
        let penalty = objective.r1.map {
            ", R1\(objective.r2 == nil ? "" : " and R2") with gamma \($0.gamma.largest) to "
                + "\($0.gamma.smallest)"
        }
        return "\(name): \(objective.loss.rawValue) loss\(penalty ?? ""), packs of "
            + "\(objective.packing); perceptrons of \(networks.layers) hidden layers of "
            + "\(networks.width), latents of \(networks.latentSize), the discriminator's inputs times "
            + "\(judgeGain); \(steps) steps of "
            + "\(training.batchSize), learning rates \(training.generatorLearningRate) and "
            + "\(training.discriminatorLearningRate), factor "
            + "\(training.learningRateFactor.largest) to \(training.learningRateFactor.smallest); "
            + (judgesAverage ? "the averaged generator" : "the generator as it is") + " is judged."
    }
}
