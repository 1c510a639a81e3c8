import Datasets
import Imaging
import Metrics
import Networks
import Runs
import TensorCore
import Training
import Viewer

/// The pictures that a translation run is measured with and draws its samples of, read once.
struct HeldOutPictures {
    /// Pictures that go through a network at a time.
    private static let chunk = 4

    private let method: TranslationMethod
    private let best: BestMeasure
    private let precision: ComputePrecision
    private let seed: UInt64
    private let height: Int, width: Int
    private let features: TranslationFeatures?
    /// What is translated; kind A where there are no pairs.
    private let inputs: [PixelBuffer]
    /// What each becomes; kind B where there are no pairs.
    private let targets: [PixelBuffer]
    private var reals: [TranslationDirection: SlicedWasserstein.Reals] = [:]
    private var realFeatures: [TranslationDirection: FeatureSet] = [:]

    /// Reads them. Where none could be held out, the first ones of the training stand in.
    ///
    /// - Parameter features: What they are compared by beside their pixels.
    /// - Throws: `DatasetError` if not one decodes; a failure where there are too few to compare.
    init(
        _ data: TranslationData, _ configuration: TranslationRunConfiguration,
        _ features: TranslationFeatures?
    ) throws {
        self.features = features
        method = configuration.method
        best = configuration.best
        precision = configuration.steps.precision
        seed = configuration.steps.seed
        (height, width) = (configuration.data.height, configuration.data.width)
        let limit = configuration.data.heldOutLimit
        var inputs: [PixelBuffer] = []
        var targets: [PixelBuffer] = []
        switch data.pictures {
        case .pairs(let training, let heldOut):
            let pairs = heldOut.count > 0 ? heldOut : training
            for index in 0..<min(limit, pairs.count) {
                let pair = try pairs.usablePair(at: index)
                inputs.append(pair.input)
                targets.append(pair.target)
            }
        case .unpaired(_, let heldOut):
            func pictures(_ isB: Bool, _ count: Int) throws -> [PixelBuffer] {
                try (0..<min(limit, count)).map {
                    try heldOut.picture(ofKindB: isB, at: $0 * count / min(limit, count))
                }
            }
            inputs = try pictures(false, heldOut.a.count)
            targets = try pictures(true, heldOut.b.count)
        }
        (self.inputs, self.targets) = (inputs, targets)
        guard method == .cyclegan else { return }
        for (direction, pictures) in [(TranslationDirection.aToB, targets), (.bToA, inputs)] {
            reals[direction] = SlicedWasserstein.Reals(
                pictures: pictures.flatMap(\.bytes), height: height, width: width, channels: 3,
                configuration: .init(seed: seed))
            guard let features else { continue }
            do {
                realFeatures[direction] = try features.set(pictures)
            } catch {
                throw Failure(
                    "--metrics-features: the held-out pictures cannot be compared: \(error); hold "
                        + "out more with --held-out")
            }
        }
    }

    /// Pictures as a network makes them.
    static func translated(
        _ pictures: [PixelBuffer], _ generator: TranslationGenerator, _ precision: ComputePrecision
    ) -> [PixelBuffer] {
        guard let first = pictures.first else { return [] }
        let (height, width, size) = (first.height, first.width, first.bytes.count)
        var network = generator
        var result: [PixelBuffer] = []
        for start in stride(from: 0, to: pictures.count, by: chunk) {
            let part = pictures[start..<min(pictures.count, start + chunk)]
            let bytes = Tensor(
                uint8: part.flatMap(\.bytes), shape: [part.count, height, width, 3])
            let made = bytePictures(network(networkPictures(bytes), training: false))
            evaluate([made], precision: precision)
            let values = made.uint8s()
            result += part.indices.map { index in
                let first = (index - start) * size
                return PixelBuffer(
                    width: width, height: height, format: .rgb,
                    bytes: Array(values[first..<first + size]))
            }
        }
        return result
    }

    private func translated(
        _ pictures: [PixelBuffer], _ state: any TranslationState, _ direction: TranslationDirection
    ) -> [PixelBuffer] {
        guard let generator = state.generator(direction) else {
            preconditionFailure("[HeldOutPictures] expected a generator \(direction), got none")
        }
        return Self.translated(pictures, generator, precision)
    }

    private func similarity(_ made: [PixelBuffer], _ wanted: [PixelBuffer]) -> PictureSimilarity? {
        PictureSimilarity.mean(
            zip(made, wanted).map {
                PictureSimilarity(
                    of: $0.bytes, and: $1.bytes, height: height, width: width, channels: 3)
            })
    }

    // MARK: Measures

    /// What was measured, under its names in the log, and the score of a checkpoint: lower is better.
    struct Measures {
        var values: [String: Double]
        var score: Double
        /// What the score is by, where that is not the method's usual measure.
        var metric: ScoreMetric?
        /// Why features could not be compared, if they could not.
        var problem: String?
    }

    /// Measures the networks of a state.
    func measure(_ state: any TranslationState) -> Measures {
        switch method {
        case .pix2pix: measurePairs(state)
        case .cyclegan: measureCycles(state)
        }
    }

    private func measurePairs(_ state: any TranslationState) -> Measures {
        let made = translated(inputs, state, .aToB)
        let found = similarity(made, targets) ?? PictureSimilarity(l1: 1, psnr: 0, ssim: 0)
        var values = Self.values(found, "held_out")
        let distance = features?.distance(made, targets)
        values["held_out_features"] = distance
        switch best {
        case .psnr: return Measures(values: values, score: -found.psnr)
        case .ssim: return Measures(values: values, score: 1 - found.ssim)
        case .features:
            return Measures(
                values: values, score: distance ?? .infinity,
                metric: metric(features?.pairs?.name ?? "features"))
        case .l1, .distance, .kid, .fid: return Measures(values: values, score: found.l1)
        }
    }

    private func metric(_ name: String) -> ScoreMetric {
        ScoreMetric(
            name: "\(name), \(inputs.count) held-out pictures", order: .lowerIsBetter)
    }

    private func measureCycles(_ state: any TranslationState) -> Measures {
        var values: [String: Double] = [:]
        var problem: String?
        for (direction, pictures, name, way) in [
            (TranslationDirection.aToB, inputs, "a", "a_to_b"), (.bToA, targets, "b", "b_to_a"),
        ] {
            let made = translated(pictures, state, direction)
            if let reals = reals[direction] {
                let distance = reals.distance(made: made.flatMap(\.bytes)).value * 1000
                values["\(way)_distance"] = distance
            }
            do {
                for (key, value) in try compare(made, direction) {
                    values["\(way)_\(key)"] = value
                }
            } catch {
                problem = "\(error)"
            }
            let back = translated(made, state, direction.reversed)
            if let found = similarity(back, pictures) {
                values.merge(Self.values(found, "\(name)_cycle")) { $1 }
            }
            values["\(name)_cycle_features"] = features?.distance(back, pictures)
        }
        func mean(_ key: String) -> Double {
            let ways = ["a_to_b", "b_to_a"].compactMap { values["\($0)_\(key)"] }
            return ways.count == 2 ? (ways[0] + ways[1]) / 2 : .infinity
        }
        switch best {
        case .kid, .fid:
            let name = features?.sets.map {
                TranslationFeatures.name(best.rawValue.uppercased(), $0)
            }
            return Measures(
                values: values, score: mean(best.rawValue),
                metric: metric("\(name ?? best.rawValue), mean of both directions"),
                problem: problem)
        case .l1, .psnr, .ssim, .distance, .features:
            return Measures(values: values, score: mean("distance"), problem: problem)
        }
    }

    /// Made pictures beside real ones of their kind, by a network's features.
    private func compare(
        _ made: [PixelBuffer], _ direction: TranslationDirection
    ) throws -> [String: Double] {
        guard let real = realFeatures[direction], let set = try features?.set(made) else {
            return [:]
        }
        return [
            "kid": try KernelDistance.between(
                set.rows, real.rows, configuration: .init(seed: seed)
            ).value,
            "fid": try FrechetDistance.between(set.statistics, real.statistics).value,
        ]
    }

    private static func values(_ found: PictureSimilarity, _ name: String) -> [String: Double] {
        ["\(name)_l1": found.l1, "\(name)_psnr": found.psnr, "\(name)_ssim": found.ssim]
    }

    // MARK: Samples

    /// Pictures in a row of samples, for both methods.
    private static let columns = 6

    /// A grid of samples: input, output and target of two pairs in a row; or A, as B and A again, then
    /// B, as A and B again.
    func samples(
        _ state: any TranslationState, count: Int
    ) -> (grid: PixelBuffer, geometry: GridGeometry) {
        let first = Array(inputs.prefix(count))
        let others = Array(targets.prefix(count))
        var cells: [PixelBuffer] = []
        switch method {
        case .pix2pix:
            let made = translated(first, state, .aToB)
            for index in first.indices { cells += [first[index], made[index], others[index]] }
        case .cyclegan:
            let asB = translated(first, state, .aToB)
            let againA = translated(asB, state, .bToA)
            let asA = translated(others, state, .bToA)
            let againB = translated(asA, state, .aToB)
            for index in 0..<min(first.count, others.count) {
                cells += [first[index], asB[index], againA[index]]
                cells += [others[index], asA[index], againB[index]]
            }
        }
        let columns = min(Self.columns, cells.count)
        return (
            PictureGrid(columns: columns, padding: SamplePictures.padding).compose(cells),
            SamplePictures.geometry(
                count: cells.count, width: width, height: height, columns: columns)
        )
    }
}

extension GridGeometry {
    /// How a sample grid's picture says where its samples lie.
    var text: String {
        "columns=\(columns) cell=\(cellWidth)x\(cellHeight) padding=\(padding) count=\(count)"
    }
}
