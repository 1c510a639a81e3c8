import Networks
import Runs
import TensorCore

// Pictures of which some layers have another seed's style: Karras et al. 2019, "A Style-Based Generator
// Architecture for Generative Adversarial Networks", https://arxiv.org/abs/1812.04948.

extension PictureMaker {
    /// A picture of one latent vector, some of whose layers may take the style of another.
    struct Mix {
        var latent: [Float]
        var other: [Float]
        /// The classes of both.
        var label: Int, otherLabel: Int
    }

    /// What is the same for all pictures of a chunk.
    struct MixSettings {
        /// The layers whose style is the other's; of networks with styles only.
        var layers: Set<Int>
        /// As for any picture.
        var truncation: Double
    }

    /// The layers that take a style each, from coarse to fine; none in families without styles.
    var styleLayers: [StyleLayer] {
        (generator.network as? StyleGAN2Generator)?.styleLayers ?? []
    }

    /// Both latents of a mix of two seeds.
    func mix(_ seed: UInt64, with other: UInt64, label: Int?) -> Mix {
        Mix(
            latent: latent(seed), other: latent(other), label: label ?? self.label(of: seed),
            otherLabel: label ?? self.label(of: other))
    }

    /// The pictures of mixes, in order, so many at a time; for a network without styles, of the first
    /// latents alone.
    func make(_ mixes: [Mix], _ settings: MixSettings, chunk: Int = chunkSize) -> [Made] {
        var result: [Made] = []
        for start in stride(from: 0, to: mixes.count, by: chunk) {
            var part = Array(mixes[start..<min(start + chunk, mixes.count)])
            let count = part.count
            while part.count < chunk { part.append(part[0]) }
            func batch(_ side: KeyPath<Mix, [Float]>) -> Tensor {
                Tensor(part.flatMap { $0[keyPath: side] }, shape: [chunk, latentSize])
            }
            let labels = classTensor(part.map(\.label), chunk: chunk)
            let made: Tensor
            if let styled = generator.network as? StyleGAN2Generator {
                let own = styled.layered(styled.mapped(batch(\.latent), labels: labels))
                let others = styled.layered(
                    styled.mapped(
                        batch(\.other), labels: classTensor(part.map(\.otherLabel), chunk: chunk)))
                let mixed = styled.mixed(own, with: others, layers: settings.layers)
                made = styled.synthesized(
                    settings.truncation == 1
                        ? mixed : styled.truncated(mixed, psi: Float(settings.truncation)))
            } else {
                var network = generator
                let latents = batch(\.latent)
                made = network(
                    settings.truncation == 1
                        ? latents : latents * Tensor(Float(settings.truncation)),
                    NetworkContext(training: false, labels: labels))
            }
            result += taken(made, labels, count: count)
        }
        return result
    }

    /// The layers of a text, `0-3,7`, or of the names of their groups, `coarse,7`.
    ///
    /// - Throws: A failure if this network has no styles, or no such layers; it names those there are.
    func layers(named text: String) throws -> Set<Int> {
        let layers = styleLayers
        guard !layers.isEmpty else {
            throw Failure(
                "--style-mix: \(path) is a \(configuration.family.title), whose layers have no styles "
                    + "of their own; train one with --family stylegan2, or walk with --between")
        }
        var result = Set<Int>()
        for part in text.split(separator: ",").map(String.init) {
            if let group = StyleLayer.Group(rawValue: part) {
                result.formUnion(layers.filter { $0.group == group }.map(\.index))
                continue
            }
            let numbers = SeedList.seeds(part) ?? []
            guard !numbers.isEmpty, numbers.allSatisfy({ $0 < UInt64(layers.count) }) else {
                throw Failure(
                    "--mix-layers \(part): \(path) has layers 0-\(layers.count - 1): "
                        + Self.described(layers))
            }
            result.formUnion(numbers.map { Int($0) })
        }
        return result
    }

    /// The groups of layers with their numbers, in words.
    private static func described(_ layers: [StyleLayer]) -> String {
        StyleLayer.Group.allCases.compactMap { group in
            let indices = layers.filter { $0.group == group }.map { UInt64($0.index) }
            return indices.isEmpty ? nil : "\(group.rawValue) \(SeedList.text(indices))"
        }.joined(separator: ", ")
    }
}
