import Foundation
import Networks
import TensorCore
import TestSupport
import Testing

/// Every family by one configuration, and as networks whose type nobody knows.
@Suite struct GANFamilyTests {
    private let key = RandomKey(seed: 5)
    private let picture = PictureShape(height: 16, width: 16, channels: 3)

    init() { _ = Engine.installed }

    private func sizes(_ family: GANFamily, classes: Int = 0) -> NetworkConfiguration {
        NetworkConfiguration(
            family, picture: picture, width: 8, mostChannels: 32,
            classCount: family.takesClasses ? classes : 0)
    }

    /// The family's sizes with the family beside them, as settings have them.
    private struct Settings: Codable, Equatable {
        var networks: NetworkConfiguration

        init(_ networks: NetworkConfiguration) { self.networks = networks }

        private enum CodingKeys: String, CodingKey { case family, networks }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            networks = try NetworkConfiguration(
                try values.decode(GANFamily.self, forKey: .family),
                from: try values.superDecoder(forKey: .networks))
        }

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(networks.family, forKey: .family)
            try values.encode(networks, forKey: .networks)
        }
    }

    @Test(arguments: GANFamily.allCases) func theFamilyAndItsSizesAreKept(_ family: GANFamily)
        throws
    {
        let networks = sizes(family, classes: 3)
        #expect(networks.family == family && networks.picture == picture && networks.width == 8)
        #expect(networks.problem(mostChannels: 512) == nil)
        #expect(networks.problem(mostChannels: 4) != nil)
        let data = try JSONEncoder().encode(Settings(networks))
        #expect(try JSONDecoder().decode(Settings.self, from: data) == Settings(networks))
    }

    @Test func settingsOfTheTimeOfOneFamilyAreRead() throws {
        let old = #"""
            {"family": "dcgan", "networks": {"latentSize": 100, "maximumWidth": 512,
            "picture": {"channels": 3, "height": 64, "width": 64}, "width": 32}}
            """#
        let read = try JSONDecoder().decode(Settings.self, from: Data(old.utf8)).networks
        let shape = PictureShape(height: 64, width: 64, channels: 3)
        #expect(
            read == .dcgan(DCGANConfiguration(picture: shape, width: 32, maximumWidth: 512)))
        #expect(read == NetworkConfiguration(.dcgan, picture: shape))
    }

    @Test(arguments: GANFamily.allCases) func tensorsKeepTheirNames(_ family: GANFamily) {
        let networks = sizes(family, classes: 3)
        let generator = networks.makeGenerator(key: key)
        let discriminator = networks.makeDiscriminator(key: key)
        #expect(
            generator.namedTensors().map(\.name)
                == (generator.network as any Module).namedTensors().map(\.name))
        #expect(
            discriminator.namedTensors().map(\.name)
                == (discriminator.network as any Module).namedTensors().map(\.name))
        #expect(generator.pictureShape == picture && discriminator.pictureShape == picture)
        #expect(generator.classCount == networks.classCount)
        #expect(!generator.parameters.isEmpty && !discriminator.parameters.isEmpty)
    }

    @Test func aWrappedNetworkComputesWhatTheNetworkDoes() {
        guard case .dcgan(let plain) = sizes(.dcgan) else { return }
        var inside = DCGANGenerator(plain, key: key)
        var outside = sizes(.dcgan).makeGenerator(key: key)
        let latents = Tensor.normal([2, plain.latentSize], key: key.folded("latents"))
        #expect(
            outside(latents, training: true).floats() == inside(latents, training: true).floats())
        // Running statistics are the wrapped network's own.
        #expect(
            outside.namedTensors(.buffer).map { $0.tensor.floats() }
                == inside.namedTensors(.buffer).map { $0.tensor.floats() })
    }

    @Test(arguments: [GANFamily.dcgan, .sngan, .sagan, .r3gan]) func packsAreJudged(
        _ family: GANFamily
    ) {
        var discriminator = sizes(family).makeDiscriminator(key: key, packing: 2)
        #expect(discriminator.pictureShape == picture)
        let pictures = Tensor.normal([4, 16, 16, 3], key: key.folded("pictures"))
        #expect(discriminator(pictures, training: false).shape == [2])
        #expect(family.takesPacks)
    }

    @Test(arguments: GANFamily.allCases.filter(\.takesClasses)) func classesAreBlended(
        _ family: GANFamily
    ) {
        var generator = sizes(family, classes: 3).makeGenerator(key: key)
        // Some tables begin alike for all classes.
        generator.mapTensors { name, tensor in
            tensor.rank == 2 && tensor.shape[0] == 3
                ? tensor + Tensor.normal(tensor.shape, key: key.folded(name)) * 0.1 : tensor
        }
        let latent = Tensor.normal([1, generator.latentSize], key: key.folded("latents"))
        let latents = concatenate([latent, latent, latent], axis: 0)
        func pictures(_ network: AnyGenerator, _ labels: [Int32]) -> [[Float]] {
            var network = network
            let context = NetworkContext(
                training: false, labels: Tensor(int32: labels, shape: [labels.count]))
            let made = network(latents, context).floats()
            let size = made.count / 3
            return (0..<3).map { Array(made[$0 * size..<($0 + 1) * size]) }
        }
        let plain = pictures(generator, [2, 0, 1])
        let blended = pictures(
            generator.blendingClasses([(from: 2, to: 1, t: 0), (from: 2, to: 0, t: 1), (2, 0, 0.5)]
            ),
            [0, 1, 2])
        func distance(_ a: [Float], _ b: [Float]) -> Float {
            zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
        }
        #expect(distance(blended[0], plain[0]) < 1e-4 && distance(blended[1], plain[1]) < 1e-4)
        // Half of the way is neither the one nor the other.
        #expect(distance(blended[2], plain[0]) > 1e-4 && distance(blended[2], plain[1]) > 1e-4)
    }
}
