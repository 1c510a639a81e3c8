import CDNNL
import Testing

private let kinds = [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT, ATL_DNNL_WEIGHT_GRADIENT]
private let algorithms = [
    ATL_DNNL_AUTOMATIC, ATL_DNNL_DIRECT, ATL_DNNL_BLOCKED, ATL_DNNL_PATCHES, ATL_DNNL_WINOGRAD,
]

/// Geometries drawn from the whole grid, and those that networks use.
private func geometries() -> [atl_dnnl_geometry] {
    var generator = Generator(state: 20)
    var all: [atl_dnnl_geometry] = [
        // DCGAN's 4x4 stride 2, its first, its last, and the layer that starts from a vector.
        .init(h: 8, w: 8, c: 16, o: 64, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
        .init(h: 10, w: 8, c: 3, o: 16, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
        .init(n: 3, h: 4, w: 4, c: 64, o: 1, kernel: (4, 4)),
        .init(n: 5, h: 4, w: 4, c: 64, o: 7, kernel: (4, 4)),
        // 3x3, 1x1, 7x7 and 9x9 with pictures at one end.
        .init(h: 9, w: 7, c: 64, o: 64, kernel: (3, 3), padding: (1, 1, 1, 1)),
        .init(h: 9, w: 7, c: 64, o: 16, kernel: (1, 1)),
        .init(h: 9, w: 11, c: 3, o: 16, kernel: (7, 7), padding: (3, 3, 3, 3)),
        .init(h: 9, w: 11, c: 16, o: 3, kernel: (9, 9), padding: (4, 4, 4, 4)),
        // A vector's matrix product; a kernel larger than the picture; rows that no window reads.
        .init(n: 9, h: 1, w: 1, c: 64, o: 7, kernel: (1, 1)),
        .init(h: 2, w: 3, c: 7, o: 3, kernel: (5, 5), padding: (2, 1, 1, 2)),
        .init(h: 8, w: 9, c: 7, o: 16, kernel: (2, 2), stride: (3, 3)),
        // Strides larger than the kernel; depthwise.
        .init(h: 9, w: 9, c: 7, o: 3, kernel: (1, 1), stride: (3, 2)),
        .init(h: 7, w: 8, c: 16, o: 16, kernel: (3, 3), padding: (1, 1, 1, 1), groups: 16),
        .init(
            h: 7, w: 8, c: 7, o: 14, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1),
            groups: 7),
    ]
    let channels = [1, 3, 7, 16, 64]
    while all.count < 130 {
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let kernel = (draw(1...5), draw(1...5))
        let groupCase = draw(0...5)
        var c = channels[draw(0...4)]
        var o = channels[draw(0...4)]
        var groups = 1
        if groupCase == 0 { (o, groups) = (c, c) }
        if groupCase == 1 { (c, o, groups) = (c * 2, o * 2, 2) }
        let geometry = atl_dnnl_geometry(
            n: draw(1...3), h: draw(1...9), w: draw(1...9), c: c, o: o, kernel: kernel,
            stride: (draw(1...3), draw(1...3)),
            padding: (draw(0...2), draw(0...2), draw(0...2), draw(0...2)),
            dilation: (draw(1...6) == 1 ? 2 : 1, draw(1...6) == 1 ? 3 : 1), groups: groups)
        let reachH = Int(geometry.dilation_h) * (kernel.0 - 1) + 1
        let reachW = Int(geometry.dilation_w) * (kernel.1 - 1) + 1
        let fits =
            Int(geometry.h + geometry.pad_top + geometry.pad_bottom) >= reachH
            && Int(geometry.w + geometry.pad_left + geometry.pad_right) >= reachW
        if fits, geometry.isPossible { all.append(geometry) }
    }
    return all
}

@Suite struct ConvolutionTests {
    @Test(arguments: [1, 2])
    func everyKindEqualsItsNaiveTwin(threads: Int) throws {
        let context = try Context(threads: threads)
        var generator = Generator(state: 7)
        var ran: [UInt32: Int] = [:]
        for g in geometries() {
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in kinds {
                let exact = naive(
                    kind, g, source: source, weights: weights, destination: destination)
                for algorithm in algorithms {
                    let convolution: Convolution
                    do {
                        convolution = try Convolution(context, kind, g, algorithm: algorithm)
                    } catch let error as ShimError
                        where error.code == ATL_DNNL_UNSUPPORTED && algorithm != ATL_DNNL_AUTOMATIC
                    {
                        continue
                    }
                    let result = try convolution(
                        source: source, weights: weights, destination: destination)
                    expectClose(
                        result, exact, relative: algorithm == ATL_DNNL_WINOGRAD ? 3e-5 : 3e-6,
                        "kind \(kind.rawValue), \(g.text), \(convolution.description)")
                    ran[algorithm.rawValue, default: 0] += 1
                }
            }
        }
        // oneDNN may lack a few cases, not most; Winograd has few, with tests of their own.
        for algorithm in algorithms where algorithm != ATL_DNNL_WINOGRAD {
            #expect(ran[algorithm.rawValue, default: 0] > 300)
        }
    }

    /// The shortcuts of a slim residual network, which some versions of oneDNN sum up wrongly.
    @Test(arguments: [2, 3, 4, 8, 12])
    func weightGradientsOfStridedShortcuts(channels: Int) throws {
        let context = try Context(threads: 2)
        var generator = Generator(state: 21)
        for (outputs, side) in [(4, 24), (8, 16), (3, 7)] {
            let g = atl_dnnl_geometry(
                n: 4, h: 16, w: side, c: channels, o: outputs, kernel: (1, 1), stride: (2, 2))
            let source = generator.floats(g.sourceCount)
            let destination = generator.floats(g.destinationCount)
            let exact = naive(
                ATL_DNNL_WEIGHT_GRADIENT, g, source: source,
                weights: generator.floats(g.weightCount), destination: destination)
            let result = try Convolution(context, ATL_DNNL_WEIGHT_GRADIENT, g)(
                source: source, destination: destination)
            expectClose(result, exact, g.text)
        }
    }

    @Test func gradientsAreAdjoint() throws {
        let context = try Context()
        var generator = Generator(state: 8)
        for g in geometries().prefix(14) {
            let x = generator.floats(g.sourceCount)
            let w = generator.floats(g.weightCount)
            let y = generator.floats(g.destinationCount)
            let forward = try Convolution(context, ATL_DNNL_FORWARD, g)(source: x, weights: w)
            let dataGradient = try Convolution(context, ATL_DNNL_DATA_GRADIENT, g)(
                weights: w, destination: y)
            let weightGradient = try Convolution(context, ATL_DNNL_WEIGHT_GRADIENT, g)(
                source: x, destination: y)
            func dot(_ a: [Float], _ b: [Float]) -> Double {
                zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            }
            let expected = dot(forward, y)
            let scale = dot(forward.map(abs), y.map(abs)) + 1
            #expect(abs(dot(x, dataGradient) - expected) < 1e-5 * scale, "\(g.text)")
            #expect(abs(dot(w, weightGradient) - expected) < 1e-5 * scale, "\(g.text)")
        }
    }

    @Test func biasAndActivationFollowTheSum() throws {
        let context = try Context()
        var generator = Generator(state: 9)
        let activations = [
            ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU, ATL_DNNL_TANH,
            ATL_DNNL_SIGMOID,
        ]
        for g in geometries().prefix(14) {
            for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
                let channels = Int(kind == ATL_DNNL_FORWARD ? g.o : g.c)
                let source = generator.floats(g.sourceCount)
                let weights = generator.floats(g.weightCount)
                let bias = generator.floats(channels)
                let destination = generator.floats(g.destinationCount)
                let sum = naive(
                    kind, g, source: source, weights: weights, destination: destination)
                for (activation, algorithm) in activations.flatMap({ a in algorithms.map { (a, $0) }
                }) {
                    var exact = sum
                    for i in exact.value.indices {
                        let x = sum.value[i] + Double(bias[i % channels])
                        exact.value[i] = reference(activation, slope: 0.2, x)
                        exact.magnitude[i] += 1
                    }
                    let postOps = atl_dnnl_post_ops(bias: true, activation: activation, slope: 0.2)
                    let convolution: Convolution
                    do {
                        convolution = try Convolution(
                            context, kind, g, postOps: postOps, algorithm: algorithm)
                    } catch let error as ShimError
                        where error.code == ATL_DNNL_UNSUPPORTED && algorithm != ATL_DNNL_AUTOMATIC
                    {
                        continue
                    }
                    let result = try convolution(
                        source: source, weights: weights, destination: destination, bias: bias)
                    expectClose(
                        result, exact, relative: algorithm == ATL_DNNL_WINOGRAD ? 3e-5 : 3e-6,
                        "\(activation.rawValue), kind \(kind.rawValue), \(g.text), \(convolution.description)"
                    )
                }
            }
        }
    }

    @Test func bfloat16RoundsOperandsOnly() throws {
        let context = try Context()
        var generator = Generator(state: 10)
        for g in geometries().prefix(9) {
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in kinds {
                let convolution = try Convolution(context, kind, g, precision: ATL_DNNL_BFLOAT16)
                let rounds = atl_dnnl_convolution_uses_bfloat16(convolution.handle)
                #expect(!rounds || atl_dnnl_supports_bfloat16())
                let exact = naive(
                    kind, g, source: source, weights: weights, destination: destination)
                let result = try convolution(
                    source: source, weights: weights, destination: destination)
                // Each operand is off by 2^-9 of itself at most.
                expectClose(
                    result, exact, relative: rounds ? 0.008 : 3e-6,
                    "bf16 \(rounds), kind \(kind.rawValue), \(g.text), \(convolution.description)")
            }
        }
    }

    @Test(arguments: algorithms)
    func theSameRunGivesTheSameBits(algorithm: atl_dnnl_algorithm) throws {
        let context = try Context()
        var generator = Generator(state: 11)
        let g = atl_dnnl_geometry(
            n: 4, h: 16, w: 16, c: 64, o: 64, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1))
        let source = generator.floats(g.sourceCount)
        let weights = generator.floats(g.weightCount)
        let destination = generator.floats(g.destinationCount)
        for kind in kinds {
            let runs: [[UInt32]] = try (0..<4).map { _ in
                if kind == ATL_DNNL_WEIGHT_GRADIENT, algorithm == ATL_DNNL_WINOGRAD { return [] }
                return try Convolution(context, kind, g, algorithm: algorithm)(
                    source: source, weights: weights, destination: destination
                ).map(\.bitPattern)
            }
            #expect(runs.dropFirst().allSatisfy { $0 == runs[0] })
        }
    }

    @Test func impossibleRequestsAreRefused() throws {
        let context = try Context()
        let possible = atl_dnnl_geometry(h: 8, w: 8, c: 4, o: 4, kernel: (3, 3))
        var requests: [(String, atl_dnnl_geometry)] = []
        var g = possible
        g.oh = 7
        requests.append(("another size", g))
        g = possible
        g.groups = 3
        requests.append(("groups", g))
        g = possible
        g.stride_w = 0
        requests.append(("size", g))
        g = possible
        g.pad_left = -1
        requests.append(("padding", g))
        for (word, geometry) in requests {
            let error = #expect(throws: ShimError.self) {
                _ = try Convolution(context, ATL_DNNL_FORWARD, geometry)
            }
            #expect(error?.code == ATL_DNNL_INVALID_ARGUMENTS)
            #expect(error?.description.contains(word) == true, "\(String(describing: error))")
        }
        #expect(throws: ShimError.self) {
            _ = try Convolution(
                context, ATL_DNNL_WEIGHT_GRADIENT, possible,
                postOps: .init(bias: true, activation: ATL_DNNL_NO_ACTIVATION, slope: 0))
        }
        let convolution = try Convolution(context, ATL_DNNL_FORWARD, possible)
        var tensors = atl_dnnl_convolution_tensors()
        var failure = atl_dnnl_error()
        let code = atl_dnnl_convolution_run(convolution.handle, &tensors, &failure)
        #expect(code == ATL_DNNL_INVALID_ARGUMENTS)
        #expect(ShimError(failure).description.contains("missing"))
    }

    @Test func theMachineIsKnown() {
        #expect(String(cString: atl_dnnl_version()).split(separator: ".").count == 3)
        #expect(String(cString: atl_dnnl_isa()) != "other")
        atl_dnnl_set_threads(1)
        #expect(atl_dnnl_threads() == 1)
        atl_dnnl_set_threads(2)
        #expect(atl_dnnl_threads() == 2)
    }
}
