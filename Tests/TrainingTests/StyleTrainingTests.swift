import Foundation
import Networks
import Stylization
import TensorCore
import TestSupport
import Testing
import Training

/// A network of two smooth layers, so that differences tell derivatives.
private struct TinyFeatures: StyleFeatureNetwork {
    let name = "tiny"
    let activationNames = ["a", "b"]
    let styleLayers = ["a", "b"]
    let contentLayers = ["b"]
    let smallestSide = 4
    private let first: Tensor
    private let second: Tensor

    init() {
        let key = RandomKey(seed: 5)
        first = Tensor.normal([4, 3, 3, 3], key: key.folded("first")) * 0.4
        second = Tensor.normal([5, 3, 3, 4], key: key.folded("second")) * 0.4
        evaluate(first, second)
    }

    func activations(of pictures: Tensor, at names: [String]) -> [Tensor] {
        let a = conv2d(pictures, first, Convolution2dParameters(padding: 1)).tanh()
        let b = conv2d(a, second, Convolution2dParameters(stride: 2, padding: 1)).tanh()
        return names.map { $0 == "a" ? a : b }
    }
}

/// Pictures in 0 ... 1 from a stream.
private func drawn(_ shape: [Int], _ name: String) -> Tensor {
    let tensor = Tensor.uniform(shape, key: RandomKey(seed: 3).folded(name))
    evaluate(tensor)
    return tensor
}

private func batch(_ step: Int, count: Int, paints: Bool, side: Int = 16) -> StylizationBatch {
    func pictures(_ name: String) -> Tensor {
        let key = RandomKey(seed: 9).folded(name).folded(UInt64(step))
        let bytes = (0..<count * side * side * 3).map { place -> UInt8 in
            // Smooth enough that something can be learned of it.
            let (pixel, channel) = (place / 3, place % 3)
            let wave = sin(Double(pixel % side + channel) / 3 + Double(key.uniform(1)) * 6)
            return UInt8(128 + 90 * wave + 30 * Double(key.uniform(UInt64(place) + 2)))
        }
        return Tensor(uint8: bytes, shape: [count, side, side, 3])
    }
    return StylizationBatch(
        contents: pictures("contents"), paintings: paints ? pictures("paintings") : nil,
        position: count * (step + 1))
}

@Suite struct StyleTrainingTests {
    init() { _ = Engine.installed }

    // MARK: Losses

    private func objective(_ weights: PerceptualConfiguration = .init()) -> PerceptualObjective {
        PerceptualObjective(
            network: TinyFeatures(), painting: drawn([1, 12, 10, 3], "painting"),
            configuration: weights)
    }

    /// The Gram matrix of picture `n`, written out.
    private func gram(_ features: Tensor, _ n: Int) -> [Double] {
        let (h, w, c) = (features.shape[1], features.shape[2], features.shape[3])
        let values = features.floats().map(Double.init)
        var result = [Double](repeating: 0, count: c * c)
        for place in 0..<h * w {
            let start = (n * h * w + place) * c
            for i in 0..<c {
                for j in 0..<c { result[i * c + j] += values[start + i] * values[start + j] }
            }
        }
        return result.map { $0 / Double(h * w * c) }
    }

    private func share(_ a: [Double], _ b: [Double]) -> Double {
        let error = zip(a, b).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return error / b.reduce(0) { $0 + $1 * $1 }
    }

    @Test func thePerceptualLossIsThatOfItsFormula() {
        let (made, contents) = (drawn([2, 8, 8, 3], "made"), drawn([2, 8, 8, 3], "contents"))
        let terms = objective().terms(of: made, contents: contents)
        evaluate(terms.content, terms.style, terms.smoothness)
        let network = TinyFeatures()
        let names = ["a", "b"]
        let seen = network.activations(of: made, at: names)
        let wanted = network.activations(of: contents, at: names)
        let painted = network.activations(of: drawn([1, 12, 10, 3], "painting"), at: names)
        evaluate(seen + wanted + painted)
        let content = share(
            seen[1].floats().map(Double.init), wanted[1].floats().map(Double.init))
        var style = 0.0
        for layer in 0..<2 {
            for picture in 0..<2 {
                style += share(gram(seen[layer], picture), gram(painted[layer], 0)) / 4
            }
        }
        #expect(abs(Double(terms.content.scalar()) - content) < 1e-4 * content)
        #expect(abs(Double(terms.style.scalar()) - style) < 1e-4 * style)
        // What is equal to content or painting has no loss.
        let same = objective().terms(of: contents, contents: contents)
        let itself = objective().terms(
            of: drawn([1, 12, 10, 3], "painting"), contents: drawn([1, 12, 10, 3], "painting"))
        #expect(same.content.scalar() == 0 && itself.style.scalar() < 1e-9)
        #expect(content > 0.01 && style > 0.01)
    }

    @Test func thePerceptualLossHasItsDerivatives() {
        let objective = objective(.init(contentWeight: 0.7, styleWeight: 3, smoothness: 2))
        let contents = drawn([2, 8, 8, 3], "contents")
        checkDerivatives(
            "perceptual", [Variable([2, 8, 8, 3], 0, 1)], order: 1, seeds: 0..<2
        ) { x in objective.total(objective.terms(of: x[0], contents: contents)) }
    }

    @Test func theLossOfAnyStyleIsThatOfItsFormula() throws {
        let network = Self.pair
        let (contents, paintings) = (drawn([2, 16, 16, 3], "c"), drawn([2, 16, 16, 3], "p"))
        let weights = AnyStyleWeights(
            content: 1, style: 1, texture: 1, smoothness: 1, identity: 1)
        let terms = AnyStyleObjective(weights).terms(
            of: network, contents: contents, paintings: paintings)
        let made = network(contents, style: paintings)
        let names = StyleEncoder.styleActivations
        let seen = network.encoder.activations(of: made, at: names)
        let theirs = network.encoder.activations(of: paintings, at: names)
        let mapped = network.mapped(
            network.features(of: contents), to: network.features(of: paintings))
        let half = contents.sliced(axis: 0, 0..<1)
        let again = network.decoder(network.features(of: half))
        let back = network.encoder.activations(of: again, at: names)
        let own = network.encoder.activations(of: half, at: names)
        let identity = try #require(terms.identity)
        evaluate(
            [
                terms.content, terms.style, terms.texture, identity, terms.pictures, made, again,
                half,
            ] + seen
                + theirs
                + mapped + back + own)
        func values(_ tensor: Tensor) -> [Double] { tensor.floats().map(Double.init) }
        #expect(terms.pictures.floats() == made.floats())
        let content = share(values(seen[3]), values(mapped[0]))
        #expect(abs(Double(terms.content.scalar()) - content) < 1e-3 * content)
        var style = 0.0
        for (a, b) in zip(seen, theirs) {
            let (one, other) = (Self.moments(a), Self.moments(b))
            style += share(one.means, other.means) / 8 + share(one.deviations, other.deviations) / 8
        }
        #expect(abs(Double(terms.style.scalar()) - style) < 1e-3 * style)
        let texture = zip(seen, theirs).reduce(0.0) {
            $0 + share(values(gramMatrices(of: $1.0)), values(gramMatrices(of: $1.1))) / 4
        }
        #expect(abs(Double(terms.texture.scalar()) - texture) < 1e-3 * texture)
        let expected =
            share(values(again), values(half))
            + zip(back, own).reduce(0.0) { $0 + share(values($1.0), values($1.1)) } / 4
        #expect(abs(Double(identity.scalar()) - expected) < 1e-3 * expected)
        #expect(content > 0.01 && style > 0.01 && expected > 0.01)
    }

    /// The mean and the standard deviation of each channel of each picture, written out.
    private static func moments(_ features: Tensor) -> (means: [Double], deviations: [Double]) {
        let (n, c) = (features.shape[0], features.shape[3])
        let places = features.shape[1] * features.shape[2]
        let values = features.floats().map(Double.init)
        var means: [Double] = []
        var deviations: [Double] = []
        for picture in 0..<n {
            for channel in 0..<c {
                let all = (0..<places).map { values[(picture * places + $0) * c + channel] }
                let mean = all.reduce(0, +) / Double(places)
                let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
                means.append(mean)
                deviations.append((squares / Double(places - 1) + 1e-5).squareRoot())
            }
        }
        return (means, deviations)
    }

    @Test func aNormalizedEncoderIsTheSameButForTheSize() {
        let pictures = drawn([2, 24, 16, 3], "pictures")
        let names = Self.encoder.activationNames
        var large = Self.encoder
        large.mapTensors { name, tensor in
            name.hasPrefix("conv31.") || name.hasPrefix("conv11.") ? tensor * 7 : tensor
        }
        let normalized = large.normalized(on: pictures)
        let (before, after) = (
            large.activations(of: pictures, at: names),
            normalized.activations(of: pictures, at: names)
        )
        evaluate(before + after)
        for (old, new) in zip(before, after) {
            let (a, b) = (old.floats().map(Double.init), new.floats().map(Double.init))
            let size = (a.reduce(0) { $0 + $1 * $1 } / Double(a.count)).squareRoot()
            #expect(share(b, a.map { $0 / size }) < 1e-9)
        }
    }

    // MARK: Trainers

    private static let widths = [4, 4, 6, 8]
    private static var encoder: StyleEncoder {
        let encoder = StyleEncoder(key: RandomKey(seed: 21), widths: widths)
        evaluate(encoder.namedTensors().map(\.tensor))
        return encoder
    }
    private static var pair: ArbitraryStyleNetwork {
        let decoder = StyleDecoder(decoder, key: RandomKey(seed: 22))
        evaluate(decoder.namedTensors().map(\.tensor))
        return ArbitraryStyleNetwork(encoder: encoder, decoder: decoder)
    }
    private static let decoder = StyleDecoderConfiguration(
        featureWidths: widths, widths: [4, 4, 6], layerCounts: [1, 1, 1])

    private static var one: OneStyleConfiguration {
        var configuration = OneStyleConfiguration(
            network: StyleTransformConfiguration(
                width: 4, blockCount: 1, edge: .mirror, output: .tanh))
        configuration.steps.batchSize = 2
        configuration.steps.seed = 4
        return configuration
    }
    private static var any: AnyStyleConfiguration {
        var configuration = AnyStyleConfiguration(decoder: decoder)
        configuration.steps.batchSize = 2
        configuration.steps.seed = 4
        return configuration
    }

    /// A state by way of bytes and a file of numbers, as a checkpoint does.
    private func restored<State: StylizationState>(_ state: State, into fresh: State) throws
        -> State
    {
        let saved = Dictionary(
            uniqueKeysWithValues: state.namedTensors().map { ($0.name, $0.tensor.bytes()) })
        var result = fresh
        result.mapTensors { name, tensor in
            (saved[name] ?? []).withUnsafeBytes {
                Tensor(copying: $0, shape: tensor.shape, dtype: tensor.dtype)
            }
        }
        result.counters = try JSONDecoder().decode(
            StylizationCounters.self, from: JSONEncoder().encode(state.counters))
        return result
    }

    private func expectExactResume<Trainer: StylizationTrainer>(
        _ trainer: Trainer, fresh: Trainer.State, paints: Bool
    ) throws {
        var (whole, parts) = (trainer, trainer)
        func one(_ step: Int) -> StylizationBatch { batch(step, count: 2, paints: paints) }
        let expected = try (0..<4).map { try whole.step(one($0)).values }
        var found = try (0..<2).map { try parts.step(one($0)).values }
        parts.state = try restored(parts.state, into: fresh)
        found += try (2..<4).map { try parts.step(one($0)).values }
        #expect(found == expected)
        let (a, b) = (whole.state.namedTensors(), parts.state.namedTensors())
        #expect(a.map(\.name) == b.map(\.name) && Set(a.map(\.name)).count == a.count)
        let different = zip(a, b).filter { $0.tensor.bytes() != $1.tensor.bytes() }.map(\.0.name)
        #expect(different.isEmpty)
        #expect(whole.state.counters == parts.state.counters && parts.state.counters.step == 4)
    }

    @Test func aResumedTrainingOfOneStyleEqualsAnUninterruptedOne() throws {
        let fresh = OneStyleState(Self.one)
        evaluate(fresh.namedTensors().map(\.tensor))
        try expectExactResume(
            OneStyleTrainer(state: fresh, objective: objective(), configuration: Self.one),
            fresh: OneStyleState(Self.one), paints: false)
    }

    @Test func aResumedTrainingOfAnyStyleEqualsAnUninterruptedOne() throws {
        let fresh = AnyStyleState(Self.any, encoder: Self.encoder)
        evaluate(fresh.namedTensors().map(\.tensor))
        try expectExactResume(
            AnyStyleTrainer(state: fresh, configuration: Self.any),
            fresh: AnyStyleState(Self.any, encoder: Self.encoder), paints: true)
    }

    @Test func theLossOfOneStyleFallsAndItsAverageFollows() throws {
        let fresh = OneStyleState(Self.one)
        evaluate(fresh.namedTensors().map(\.tensor))
        var trainer = OneStyleTrainer(
            state: fresh, objective: objective(), configuration: Self.one)
        let held = batch(99, count: 2, paints: false)
        let before = try #require(trainer.losses(of: held)["loss"])
        for step in 0..<60 { _ = try trainer.step(batch(step % 5, count: 2, paints: false)) }
        let after = try #require(trainer.losses(of: held)["loss"])
        #expect(after < 0.75 * before, "\(before) to \(after)")
        #expect(trainer.pictures(of: held).shape == [2, 16, 16, 3])
    }

    @Test func theLossOfAnyStyleFallsAndTheEncoderStays() throws {
        let fresh = AnyStyleState(Self.any, encoder: Self.encoder)
        evaluate(fresh.namedTensors().map(\.tensor))
        var trainer = AnyStyleTrainer(state: fresh, configuration: Self.any)
        let held = batch(99, count: 2, paints: true)
        let before = try #require(trainer.losses(of: held)["loss"])
        for step in 0..<80 { _ = try trainer.step(batch(step % 5, count: 2, paints: true)) }
        let after = try #require(trainer.losses(of: held)["loss"])
        #expect(after < 0.8 * before, "\(before) to \(after)")
        let (a, b) = (fresh.encoder.namedTensors(), trainer.state.encoder.namedTensors())
        #expect(zip(a, b).allSatisfy { $0.tensor.bytes() == $1.tensor.bytes() })
    }

    @Test func whatIsNotFiniteLeavesTheStateAndHalvesTheRateOfTheNextTry() throws {
        var state = OneStyleState(Self.one)
        evaluate(state.namedTensors().map(\.tensor))
        state.network.mapTensors { name, tensor in
            name == "deconv3.conv2d.bias" ? tensor + .infinity - .infinity : tensor
        }
        evaluate(state.namedTensors().map(\.tensor))
        let before = state.namedTensors().map { $0.tensor.bytes() }
        var trainer = OneStyleTrainer(
            state: state, objective: objective(), configuration: Self.one)
        #expect(throws: TrainingError.self) {
            _ = try trainer.step(batch(0, count: 2, paints: false))
        }
        #expect(trainer.state.namedTensors().map { $0.tensor.bytes() } == before)
        #expect(trainer.state.counters.step == 0)
        var counters = StylizationCounters()
        let steps = Self.one.steps
        #expect(steps.rate(after: counters) == 1e-3)
        counters.rollBacks = 1
        #expect(steps.rate(after: counters) == 5e-4)
    }

    @Test func numbersThatCannotBeTrainedWithAreNamed() {
        var one = Self.one
        #expect(one.problem == nil)
        one.objective.styleWeight = .nan
        #expect(one.problem?.contains("style") == true)
        one = Self.one
        one.network.width = 100_000
        #expect(one.problem?.contains("width") == true)
        var any = Self.any
        #expect(any.problem == nil)
        any.weights = AnyStyleWeights(content: 0, style: 0, texture: 0, identity: 0)
        #expect(any.problem?.contains("above 0") == true)
        any = Self.any
        any.decoder.widths = [1]
        #expect(any.problem?.contains("three widths") == true)
        var counters = StylizationCounters()
        counters.rollBacks = -1
        #expect(counters.problem != nil)
    }
}
