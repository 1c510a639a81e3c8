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
    private var generator: DCGANGenerator
    private let truncation: Double

    /// Opens a run (its newest sound checkpoint), or a checkpoint file.
    ///
    /// - Parameters:
    ///   - isRaw: Takes the generator as the last step left it, not its average.
    ///   - truncation: Latents are multiplied by it: below 1 fewer surprises, less variety.
    convenience init(_ path: String, isRaw: Bool, truncation: Double, best: Bool = false) throws {
        let checkpoint: Checkpoint
        if RunFolder.isRun(path) {
            let store = try RunFolder.open(path).checkpoints
            if best {
                guard let found = store.best else {
                    throw Failure(
                        "\(path) has no best checkpoint: none was scored; leave --best out")
                }
                checkpoint = try store.open(step: found.step)
            } else {
                checkpoint = try store.latest().checkpoint
            }
        } else {
            checkpoint = try Checkpoint(path: path)
        }
        try self.init(checkpoint, isRaw: isRaw, truncation: truncation)
    }

    init(_ checkpoint: Checkpoint, isRaw: Bool, truncation: Double) throws {
        configuration = try checkpoint.configuration(RunConfiguration.self)
        try configuration.check(path: checkpoint.path)
        generator = DCGANGenerator(configuration.networks, key: RandomKey(seed: 0))
        try CheckpointBridge.load(
            &generator, from: checkpoint.file, prefix: isRaw ? "generator." : "average.")
        digest = checkpoint.shortDigest
        step = checkpoint.step
        path = checkpoint.path
        self.truncation = truncation
    }

    /// The picture shape.
    var shape: PictureShape { generator.pictureShape }

    /// The latent vector of a seed: the same whatever is made beside it.
    func latent(_ seed: UInt64) -> [Float] {
        Tensor.normal([generator.latentSize], key: RandomKey(seed: seed).folded("latent")).floats()
    }

    /// The pictures of seeds, in order, a chunk at a time.
    func make(seeds: [UInt64], _ body: (UInt64, PixelBuffer) throws -> Void) throws {
        var index = 0
        while index < seeds.count {
            let part = Array(seeds[index..<min(index + Self.chunkSize, seeds.count)])
            // All latents of the chunk are drawn in one graph.
            var draws = part.map { seed in
                Tensor.normal(
                    [1, generator.latentSize], key: RandomKey(seed: seed).folded("latent"))
            }
            while draws.count < Self.chunkSize { draws.append(draws[0]) }
            for (seed, picture) in zip(
                part, pictures(concatenate(draws, axis: 0), count: part.count))
            {
                try body(seed, picture)
            }
            index += part.count
        }
    }

    /// The pictures of latent vectors, in order.
    func make(latents: [[Float]]) -> [PixelBuffer] {
        var result: [PixelBuffer] = []
        var index = 0
        while index < latents.count {
            var part = Array(latents[index..<min(index + Self.chunkSize, latents.count)])
            let count = part.count
            while part.count < Self.chunkSize { part.append(part[0]) }
            let batch = Tensor(
                part.flatMap { $0 }, shape: [Self.chunkSize, generator.latentSize])
            result += pictures(batch, count: count)
            index += count
        }
        return result
    }

    /// How many numbers a latent vector has.
    var latentSize: Int { generator.latentSize }

    /// Pictures `[N, H, W, C]` in -1 ... 1, not rounded to bytes, of latents `[N, latentSize]`; nothing
    /// is evaluated yet.
    func pictures(latents: Tensor) -> Tensor {
        let scaled = truncation == 1 ? latents : latents * Tensor(Float(truncation))
        return generator(scaled, training: false)
    }

    private func pictures(_ latents: Tensor, count: Int) -> [PixelBuffer] {
        let made = bytePictures(pictures(latents: latents)).uint8s()
        let size = shape.height * shape.width * shape.channels
        let format = PixelFormat(rawValue: UInt8(shape.channels)) ?? .rgb
        return (0..<count).map { index in
            PixelBuffer(
                width: shape.width, height: shape.height, format: format,
                bytes: Array(made[(index * size)..<((index + 1) * size)]))
        }
    }
}

/// Ways from one latent vector to another.
enum Interpolation: String, CaseIterable {
    /// Along the straight line.
    case lerp
    /// Along the great circle, so that the length stays typical: White 2016, "Sampling Generative
    /// Networks", https://arxiv.org/abs/1609.04468.
    case slerp

    /// The vector at `t` (0 ... 1) of the way.
    func between(_ a: [Float], _ b: [Float], _ t: Double) -> [Float] {
        var (fromA, fromB) = (1 - t, t)
        if self == .slerp {
            func dot(_ x: [Float], _ y: [Float]) -> Double {
                zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
            let angle = arcCosine(min(1, max(-1, cosine)))
            if sine(angle) > 1e-6 {
                fromA = sine((1 - t) * angle) / sine(angle)
                fromB = sine(t * angle) / sine(angle)
            }
        }
        return zip(a, b).map { Float(Double($0) * fromA + Double($1) * fromB) }
    }
}
