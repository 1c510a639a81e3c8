import Glibc
import Imaging
import Networks
import Runs
import Synchronization
import Viewer

/// The newest network of a run, for the window's explorer.
final class RunExplorer: Sendable {
    private struct Opened {
        var maker: PictureMaker
        /// The ends of the way, made once.
        var ends: [End: PictureMaker.Made] = [:]
    }
    /// What a picture of a single seed depends on.
    private struct End: Hashable {
        var seed: UInt64
        var label: Int
        var truncation: Double
    }

    private static let mostEnds = 256

    private let run: RunFolder
    private let opened = Mutex<Opened?>(nil)
    private let hasEngine = Mutex(false)

    init(_ run: RunFolder) { self.run = run }

    /// Reads the newest checkpoint, unless it was read already.
    func open() throws -> ExplorerDescription {
        try hasEngine.withLock { hasEngine in
            if !hasEngine { try Engine.start(threads: nil) }
            hasEngine = true
        }
        return try opened.withLock { opened in
            let checkpoint = try run.checkpoints.latest().checkpoint
            if opened?.maker.digest != checkpoint.shortDigest {
                opened = Opened(
                    maker: try PictureMaker(checkpoint, isRaw: false, truncation: 1, judged: true))
            }
            guard let maker = opened?.maker else { throw ExplorerMissing() }
            let picture = maker.shape
            return ExplorerDescription(
                step: maker.step,
                detail: "\(maker.configuration.family.title) \(picture.width)x\(picture.height)",
                classNames: maker.classNames,
                layers: maker.styleLayers.map { layer in
                    .init(
                        size: "\(layer.width)x\(layer.height)",
                        group: .init(rawValue: layer.group.rawValue) ?? .fine)
                })
        }
    }

    /// The picture that is asked for, and those at both ends of its way.
    func frame(_ request: ExplorerRequest) throws -> SampleFrame {
        try opened.withLock { opened in
            guard var network = opened else { throw ExplorerMissing() }
            let maker = network.maker
            let shown = maker.make([maker.mix(request)], request.settings, chunk: 1)
            var pictures = shown
            for seed in [request.first, request.second] {
                let end = End(
                    seed: seed, label: request.label, truncation: request.truncation)
                if let made = network.ends[end] {
                    pictures.append(made)
                    continue
                }
                var alone = ExplorerRequest()
                (alone.first, alone.second, alone.label) = (seed, seed, request.label)
                alone.truncation = request.truncation
                let made = maker.make([maker.mix(alone)], alone.settings, chunk: 1)
                if network.ends.count >= Self.mostEnds { network.ends = [:] }
                network.ends[end] = made[0]
                pictures += made
            }
            opened = network
            let geometry = GridGeometry(
                columns: 3, rows: 1, cellWidth: maker.shape.width, cellHeight: maker.shape.height)
            return SampleFrame(
                step: maker.step,
                pixels: PictureGrid(columns: 3, padding: 0).compose(pictures.map(\.picture)),
                geometry: geometry, scores: pictures.compactMap(\.score))
        }
    }

    /// Saves a picture in the run's folder; answers where.
    func save(_ request: ExplorerRequest) throws -> String {
        try opened.withLock { opened in
            guard let maker = opened?.maker else { throw ExplorerMissing() }
            let stem = run.path + "/explored-\(request.first)-\(request.second)"
            let number = (1...9999).first { access("\(stem)-\($0).png", F_OK) != 0 } ?? 10_000
            let path = "\(stem)-\(number).png"
            // As `generate` makes it: in a chunk, so that its command gives the same picture.
            let made = maker.make(
                [maker.mix(request)], request.settings, chunk: PictureMaker.chunkSize)
            try PNGFile.write(
                made[0].picture, to: path, text: provenance(request, maker, path: path).texts)
            return "to \(path)"
        }
    }

    /// What made the picture; where it is a seed's own, with the command that makes it again.
    private func provenance(
        _ request: ExplorerRequest, _ maker: PictureMaker, path: String
    ) -> Provenance {
        var provenance = Provenance()
        provenance.checkpoint = maker.digest
        provenance.step = maker.step
        provenance.seeds = [request.first, request.second]
        if request.truncation != 1 { provenance.truncation = request.truncation }
        let names = maker.classNames
        let name = names.indices.contains(request.label) ? names[request.label] : nil
        provenance.label = name
        provenance.details["share"] = "\(request.share)"
        let layers = SeedList.text(request.mixedLayers.sorted().map { UInt64($0) })
        if !layers.isEmpty { provenance.details["layers"] = layers }
        guard request.share == 0 || (request.share == 1 && layers.isEmpty) else {
            return provenance
        }
        let seed = request.share == 0 ? request.first : request.second
        var words = ["atelier", "generate", maker.path, "--seeds", "\(seed)"]
        if !layers.isEmpty {
            words += ["--style-mix", "\(request.second)", "--mix-layers", layers]
        }
        if request.truncation != 1 { words += ["--truncation", "\(request.truncation)"] }
        if let name { words += ["--class", name] }
        provenance.command = Provenance.command(words + ["-o", path])
        return provenance
    }
}

extension ExplorerRequest {
    /// What is the same for all pictures of a chunk.
    fileprivate var settings: PictureMaker.MixSettings {
        PictureMaker.MixSettings(layers: mixedLayers, truncation: truncation)
    }
}

extension PictureMaker {
    /// The latents of a place on the way between two seeds.
    fileprivate func mix(_ request: ExplorerRequest) -> Mix {
        let (first, second) = (latent(request.first), latent(request.second))
        let place =
            request.share == 0
            ? first
            : request.share == 1
                ? second : Interpolation.slerp.between(first, second, request.share)
        return Mix(
            latent: place, other: second, label: request.label, otherLabel: request.label)
    }
}
