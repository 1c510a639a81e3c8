import Metrics
import TensorCore

/// The perceptual path length of a generator, by a feature network.
struct PathLengthPass {
    let maker: PictureMaker
    let choice: FeatureChoice
    private let paths: Int

    /// - Parameter paths: How many; 2000 unless given.
    init(maker: PictureMaker, choice: FeatureChoice, paths: Int?) {
        self.maker = maker
        self.choice = choice
        self.paths = paths ?? 2000
    }

    /// Walks the paths. Pictures stay numbers: rounded to bytes, the ends of so short a step would be
    /// equal.
    func metric(seed: UInt64, _ meter: inout MeasurementMeter) throws -> MetricsReport.Metric {
        let batch = PictureMaker.chunkSize / 2
        let network = choice.network
        meter.begin("paths between latents", total: paths)
        var done = 0
        let length = try PerceptualPathLength.measure(
            latentCount: maker.latentSize,
            configuration: .init(sampleCount: paths, batchSize: batch, seed: seed),
            features: { latents in
                let count = latents.count / maker.latentSize
                // One plan for every batch, the last one too.
                let missing = PictureMaker.chunkSize - count
                let filled = latents + [Float](repeating: 0, count: missing * maker.latentSize)
                // Both ends of a path are of one class; paths take turns.
                let classCount = maker.classNames.count
                let labels = (0..<PictureMaker.chunkSize).map { row in
                    classCount > 0 ? (done + row / 2) % classCount : 0
                }
                let pictures = maker.pictures(
                    latents: Tensor(filled, shape: [PictureMaker.chunkSize, maker.latentSize]),
                    labels: labels)
                let features = network.outputs((pictures + 1) * 127.5).features
                let values = features.floats().prefix(count * network.featureCount)
                done += count / 2
                try meter.reach(done)
                return try FeatureMatrix(Array(values), featureCount: network.featureCount)
            })
        meter.end()
        return MetricsReport.Metric(
            key: "ppl", name: "path length (\(choice.record.name))", value: length.value,
            standardError: length.standardError, better: .lower,
            remark: "squared distance of features, \(length.pathCount) paths")
    }
}
