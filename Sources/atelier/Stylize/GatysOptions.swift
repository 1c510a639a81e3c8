import ArgumentParser
import Stylization

/// The options of `atelier stylize --method gatys`.
struct GatysOptions: ParsableArguments {
    @Option(help: "Iterations, over all levels (300).") var iterations: Int?
    @Option(help: "lbfgs or adam (lbfgs).") var optimizer: OptimizerName?
    @Option(help: "Adam's rate, for pictures of 0 to 1 (0.02).") var rate: Double?
    @Option(help: "How much the content counts (1).") var contentWeight: Double?
    @Option(help: "How much the style counts (30).") var styleWeight: Double?
    @Option(help: "How much smoothness (total variation) counts (1).") var smoothness: Double?
    @Option(help: "Begin from content, noise, or a picture file (content).") var start: String?
    @Option(help: "The seed of --start noise (0).") var seed: UInt64?
    @Option(help: "Coarse to fine: how many sizes, each twice the one before (1).")
    var levels: Int?
    @Option(help: "The activations that keep the content, as relu4_1.") var contentLayers: String?
    @Option(help: "The activations that are the style, as relu1_1,relu2_1.") var styleLayers:
        String?
    @Option(help: "Write the best so far beside -o every so many iterations.")
    var snapshotEvery: Int?

    enum OptimizerName: String, ExpressibleByArgument, CaseIterable { case lbfgs, adam }

    /// The options that were given, by name.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--iterations", iterations != nil), ("--optimizer", optimizer != nil),
            ("--rate", rate != nil), ("--content-weight", contentWeight != nil),
            ("--style-weight", styleWeight != nil), ("--smoothness", smoothness != nil),
            ("--start", start != nil), ("--seed", seed != nil), ("--levels", levels != nil),
            ("--content-layers", contentLayers != nil), ("--style-layers", styleLayers != nil),
            ("--snapshot-every", snapshotEvery != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    func validate() throws {
        func check(_ option: String, _ value: Double?, _ range: ClosedRange<Double>) throws {
            guard let value, !range.contains(value) else { return }
            throw ValidationError(
                "\(option) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
        try check("--iterations", iterations.map(Double.init), 1...1_000_000)
        try check("--rate", rate, 1e-6...1)
        try check("--content-weight", contentWeight, 0...1e9)
        try check("--style-weight", styleWeight, 0...1e9)
        try check("--smoothness", smoothness, 0...1e9)
        try check("--levels", levels.map(Double.init), 1...8)
        try check("--snapshot-every", snapshotEvery.map(Double.init), 1...1_000_000)
        if let seed, seed >> 63 != 0 {
            throw ValidationError("--seed \(seed): expected a number below 2^63")
        }
        if rate != nil && optimizer != .adam {
            throw ValidationError("--rate goes with --optimizer adam: leave it out")
        }
        if seed != nil && start != "noise" {
            throw ValidationError("--seed goes with --start noise: leave it out")
        }
    }

    /// The transfer's choices, but for the picture of `--start FILE`.
    func configuration(for network: any StyleFeatureNetwork, styleScale: Double) throws
        -> GatysConfiguration
    {
        var result = GatysConfiguration()
        result.iterations = iterations ?? result.iterations
        result.contentWeight = contentWeight ?? result.contentWeight
        result.styleWeight = styleWeight ?? result.styleWeight
        result.totalVariationWeight = smoothness ?? result.totalVariationWeight
        result.levels = levels ?? result.levels
        result.styleScale = styleScale
        if optimizer == .adam { result.method = .adam(rate: rate ?? 0.02) }
        if start == "noise" { result.start = .noise(seed: seed ?? 0) }
        result.contentLayers = try layers("--content-layers", contentLayers, network)
        result.styleLayers = try layers("--style-layers", styleLayers, network)
        return result
    }

    private func layers(
        _ option: String, _ text: String?, _ network: any StyleFeatureNetwork
    ) throws -> [String]? {
        guard let text else { return nil }
        let names = text.split(separator: ",").map { $0.trimmingPrefix(" ") }.map(String.init)
        let unknown = names.filter { !network.activationNames.contains($0) }
        guard unknown.isEmpty, !names.isEmpty else {
            throw Failure(
                "\(option) \(text): \(network.name) has \(network.activationNames.joined(separator: ", "))"
            )
        }
        return names
    }
}
