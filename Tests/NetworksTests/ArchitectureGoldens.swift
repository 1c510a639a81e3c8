import Foundation
import TensorCore
import TestSupport
import Testing

/// What Tools/goldens/make_architecture_goldens.py made of PyTorch's twins of the networks.
struct ArchitectureGoldens: Sendable {
    private struct Listing: Decodable {
        var counts: [String: Int]
        var networks: [String: [Sizes.Entry]]
    }

    private let listing: Listing
    private let values: Fixture
    private let key = RandomKey(seed: goldenSeed).folded("architectures")

    init() throws {
        _ = Engine.installed
        listing = try JSONDecoder().decode(
            Listing.self, from: Data(contentsOf: fixture("architectures.json")))
        values = try Fixture(contentsOf: fixture("architectures.safetensors"))
    }

    /// The names of a network's stored arrays, without its own.
    func names(_ network: String) -> [String] {
        values.arrays.keys.filter { $0.hasPrefix(network + "/") }
            .map { String($0.dropFirst(network.count + 1)) }.sorted()
    }

    func count(_ network: String) throws -> Int { try #require(listing.counts[network]) }

    /// Gives a network the golden's weights, after comparing names and shapes with PyTorch's.
    func fill(_ network: String, _ module: inout some Module) throws {
        let entries = module.namedTensors().map {
            Sizes.Entry(name: $0.name, shape: $0.tensor.shape)
        }
        let expected = try #require(listing.networks[network])
        // PyTorch lists modules as they were declared, which is not always the order of use.
        #expect(
            entries.sorted { $0.name < $1.name } == expected.sorted { $0.name < $1.name },
            "\(network)")
        module.fill(key.folded(network))
    }

    func pictures(_ network: String, _ shape: [Int]) -> Tensor {
        Tensor.normal(shape, key: key.folded(network).folded("pictures"))
    }

    func latents(_ network: String, _ shape: [Int]) -> Tensor {
        Tensor.normal(shape, key: key.folded(network).folded("latents"))
    }

    /// Compares to 1e-4 of the largest element. Of pictures, the golden may hold the first only.
    func expect(
        _ tensor: Tensor, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let golden = try values.array(name)
        var tensor = tensor
        if golden.shape.count == 4 && golden.shape[0] < tensor.shape[0] {
            tensor = tensor.sliced(axis: 0, 0..<golden.shape[0])
        }
        let largest = golden.values.reduce(0) { max($0, abs($1)) }
        #expect(largest > 0, "\(name)", sourceLocation: sourceLocation)
        expectClose(
            tensor.floats(), shape: tensor.shape, to: golden.values, shape: golden.shape,
            absolute: 1e-4 * largest, relative: 0, name, sourceLocation: sourceLocation)
    }

    /// Compares the gradients that the golden has.
    func expectGradients(
        _ network: String, _ module: some Module, _ gradients: ModuleGradients,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let names = module.namedTensors(.parameter).map(\.name)
        #expect(names.count == gradients.tensors.count, sourceLocation: sourceLocation)
        evaluate(gradients.tensors)
        var compared = 0
        for (name, slope) in zip(names, gradients.tensors)
        where values.arrays["\(network)/g.\(name)"] != nil {
            try expect(slope, "\(network)/g.\(name)", sourceLocation: sourceLocation)
            compared += 1
        }
        let stored = self.names(network).count { $0.hasPrefix("g.") }
        #expect(compared == stored && compared > 0, sourceLocation: sourceLocation)
    }
}
