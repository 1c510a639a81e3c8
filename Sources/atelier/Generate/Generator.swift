import Imaging
import Networks
import Runs
import TensorCore
import Training

/// A trained generator, ready to make pictures.
final class PictureMaker {
    /// Pictures are always made in chunks of this many, whatever was asked for: one plan, and the same
    /// arithmetic for a picture alone and among others.
    static let chunkSize = 16

    /// What it was trained as.
    let configuration: RunConfiguration
    /// The checkpoint's first digits of its digest.
    let digest: String
    /// Steps that it was trained for.
    let step: Int
    /// The checkpoint's file.
    let path: String
    let generator: AnyGenerator
    private let truncation: Double
    /// The discriminator, where scores are asked for.
    private let judge: AnyDiscriminator?

    /// Opens a run (its newest sound checkpoint), or a checkpoint file.
    ///
    /// - Parameters:
    ///   - isRaw: Takes the generator as the last step left it, not its average.
    ///   - truncation: Below 1 fewer surprises, less variety: styles are drawn toward their mean by it
    ///     where the network has styles, else latents are multiplied by it.
    ///   - judged: Whether pictures get the discriminator's scores.
    ///   - purpose: What the network is wanted for, where it turns out to be none of a GAN.
    static func open(
        _ path: String, isRaw: Bool, truncation: Double, best: Bool = false, judged: Bool = false,
        for purpose: RunKind.Purpose = .pictures
    ) throws -> PictureMaker {
        func made(_ checkpoint: Checkpoint) throws -> PictureMaker {
            try RunKind(of: checkpoint).expect(.gan, path, for: purpose)
            return try PictureMaker(
                checkpoint, isRaw: isRaw, truncation: truncation, judged: judged)
        }
        guard RunFolder.isRun(path) else {
            return try verified(Checkpoint(path: path, verification: .header), made)
        }
        let run = try RunFolder.open(path)
        try RunKind(of: run).expect(.gan, path, for: purpose)
        let store = run.checkpoints
        if best {
            guard let found = store.best else {
                throw Failure("\(path) has no best checkpoint: none was scored; leave --best out")
            }
            return try verified(store.open(step: found.step, verification: .header), made)
        }
        if let step = store.steps.last,
            let maker = try? verified(store.open(step: step, verification: .header), made)
        {
            return maker
        }
        // Not the newest: the newest that is whole, or the reason why there is none.
        return try made(store.latest().checkpoint)
    }

    /// What is made of a checkpoint while its digest is computed, once that is found right.
    private static func verified(
        _ checkpoint: Checkpoint, _ make: (Checkpoint) throws -> PictureMaker
    ) throws -> PictureMaker {
        let seal = SealVerification(checkpoint.file)
        let maker = Result { try make(checkpoint) }
        do throws(SafetensorsError) { try seal.finish() } catch {
            throw CheckpointError.safetensors(error)
        }
        return try maker.get()
    }

    init(
        _ checkpoint: Checkpoint, isRaw: Bool, truncation: Double, judged: Bool = false
    ) throws {
        configuration = try checkpoint.configuration(RunConfiguration.self)
        try configuration.check(path: checkpoint.path)
        var generator = configuration.networks.makeGenerator(key: RandomKey(seed: 0))
        try CheckpointBridge.load(
            &generator, from: checkpoint.file, prefix: isRaw ? "generator." : "average.")
        self.generator = generator
        judge = judged ? try Self.judge(configuration, checkpoint) : nil
        digest = checkpoint.shortDigest
        step = checkpoint.step
        path = checkpoint.path
        self.truncation = truncation
    }

    private static func judge(
        _ configuration: RunConfiguration, _ checkpoint: Checkpoint
    ) throws -> AnyDiscriminator {
        let objective = configuration.objective
        var judge = configuration.networks.makeDiscriminator(
            key: RandomKey(seed: 0), packing: objective.packing,
            normalizes: objective.allowsBatchStatistics)
        try CheckpointBridge.load(&judge, from: checkpoint.file, prefix: "discriminator.")
        return judge
    }

    /// The picture shape.
    var shape: PictureShape { generator.pictureShape }

    /// The latent vector of a seed: the same whatever is made beside it.
    func latent(_ seed: UInt64) -> [Float] {
        Tensor.normal([generator.latentSize], key: RandomKey(seed: seed).folded("latent")).floats()
    }

    /// The names of the classes that it tells apart; none where it has no classes.
    var classNames: [String] {
        generator.classCount > 0 ? configuration.data.classNames : []
    }

    /// The class of a name, or of a number that counts from 0.
    ///
    /// - Throws: A failure that names the classes there are.
    func label(named name: String) throws -> Int {
        let names = classNames
        if let index = names.firstIndex(of: name) { return index }
        if let number = Int(name), names.indices.contains(number) { return number }
        guard !names.isEmpty else {
            throw Failure(
                "--class \(name): \(path) was trained without classes; train one with --classes")
        }
        let shown = names.prefix(12).joined(separator: ", ")
        let rest = names.count > 12 ? " and \(names.count - 12) more" : ""
        throw Failure("--class \(name): expected one of \(shown)\(rest)")
    }

    /// The class that a seed stands for unless one is asked for: the same whatever is made beside it.
    func label(of seed: UInt64) -> Int {
        generator.label(of: seed)
    }

    /// A picture, and the discriminator's logit of it where scores were asked for.
    struct Made {
        var picture: PixelBuffer
        var score: Float?
    }

    /// The pictures of seeds, in order, a chunk at a time.
    ///
    /// - Parameter label: The class of all; each seed's own unless given.
    func make(
        seeds: [UInt64], label: Int? = nil, _ body: (UInt64, PixelBuffer) throws -> Void
    ) throws {
        try judgedPictures(seeds: seeds, label: label) { try body($0, $1.picture) }
    }

    /// The pictures of seeds with their scores, in order, a chunk at a time.
    ///
    /// - Parameter label: The class of all; each seed's own unless given.
    func judgedPictures(
        seeds: [UInt64], label: Int? = nil, _ body: (UInt64, Made) throws -> Void
    ) throws {
        var index = 0
        while index < seeds.count {
            let part = Array(seeds[index..<min(index + Self.chunkSize, seeds.count)])
            let classes = generator.classTensor(part.map { label ?? generator.label(of: $0) })
            let made = taken(
                drawn(generator.latents(of: part), generator, classes), classes, count: part.count)
            for (seed, one) in zip(part, made) { try body(seed, one) }
            index += part.count
        }
    }

    /// A picture on the way from one class to another.
    struct Blend {
        var latent: [Float]
        /// The class that it comes from, the one that it goes to, and how far it is, 0 ... 1.
        var from: Int, to: Int, share: Double
    }

    /// The pictures of latent vectors on their ways between classes, in order.
    func make(_ blends: [Blend]) -> [PixelBuffer] {
        var result: [PixelBuffer] = []
        var index = 0
        while index < blends.count {
            var part = Array(blends[index..<min(index + Self.chunkSize, blends.count)])
            let count = part.count
            while part.count < Self.chunkSize { part.append(part[0]) }
            let batch = Tensor(
                part.flatMap(\.latent), shape: [Self.chunkSize, generator.latentSize])
            let network =
                generator.classCount == 0
                ? generator : generator.blendingClasses(part.map { ($0.from, $0.to, $0.share) })
            // Blended, each picture has a class of its own.
            let classes = generator.classTensor(Array(0..<Self.chunkSize))
            result += taken(drawn(batch, network, classes), nil, count: count).map(\.picture)
            index += count
        }
        return result
    }

    /// How many numbers a latent vector has.
    var latentSize: Int { generator.latentSize }

    /// Pictures `[N, H, W, C]` in -1 ... 1, not rounded to bytes, of latents `[N, latentSize]`; nothing
    /// is evaluated yet.
    ///
    /// - Parameter labels: Classes `[N]`; the first class for all unless given.
    func pictures(latents: Tensor, labels: [Int]? = nil) -> Tensor {
        let labels = labels ?? [Int](repeating: 0, count: latents.shape[0])
        let classes =
            generator.classCount > 0
            ? Tensor(int32: labels.map { Int32($0) }, shape: [labels.count]) : nil
        return drawn(latents, generator, classes)
    }

    /// Classes of a chunk, filled up with the first; nil for a network without classes.
    func classTensor(_ labels: [Int], chunk: Int = chunkSize) -> Tensor? {
        generator.classTensor(labels, chunk: chunk)
    }

    /// The first of the pictures `[N, H, W, C]` that a network made, with their scores if they have
    /// classes to be judged as, or need none.
    func taken(_ made: Tensor, _ labels: Tensor?, count: Int) -> [Made] {
        let bytes = bytePictures(made)
        var logits: Tensor?
        if let judge, judge.classCount == 0 || labels != nil {
            logits = pictureLogits(
                of: made, judge, labels: labels, packing: configuration.objective.packing)
        }
        // Both of one pass.
        evaluate([bytes] + (logits.map { [$0] } ?? []))
        let values = bytes.uint8s()
        let scores = logits?.floats()
        let size = shape.height * shape.width * shape.channels
        let format = PixelFormat(rawValue: UInt8(shape.channels)) ?? .rgb
        return (0..<count).map { index in
            Made(
                picture: PixelBuffer(
                    width: shape.width, height: shape.height, format: format,
                    bytes: Array(values[(index * size)..<((index + 1) * size)])),
                score: scores?[index])
        }
    }

    /// What the network makes of latents, truncated: `[N, H, W, C]` in -1 ... 1.
    private func drawn(_ latents: Tensor, _ network: AnyGenerator, _ labels: Tensor?) -> Tensor {
        if truncation != 1, let styled = network.network as? StyleGAN2Generator {
            let styles = styled.layered(styled.mapped(latents, labels: labels))
            return styled.synthesized(styled.truncated(styles, psi: Float(truncation)))
        }
        var network = network
        let scaled = truncation == 1 ? latents : latents * Tensor(Float(truncation))
        return network(scaled, NetworkContext(training: false, labels: labels))
    }
}
