import CDNNL
import Testing

/// Convolutions whose weights are transformed where they are multiplied.
private struct Case {
    var images: Int
    var height: Int
    var width: Int
    var channels: (Int, Int)
    var kernel = (3, 1)
    var padding = (1, 1, 1, 1)

    var geometry: atl_dnnl_geometry {
        .init(
            n: images, h: height, w: width, c: channels.0, o: channels.1,
            kernel: (kernel.0, kernel.0), stride: (kernel.1, kernel.1), padding: padding)
    }
}

private let pads = (1, 1, 1, 1)

/// Whole panels and ragged ones, one part of the depth and several, tiles that are few, that end in
/// the middle of a picture's edge, and that fill more than one chunk.
private let cases = [
    // One panel more than threads can share equally, with 1, 3, 8 and 9 columns in the last.
    Case(images: 1, height: 4, width: 4, channels: (64, 65)),
    Case(images: 2, height: 7, width: 5, channels: (65, 67)),
    Case(images: 1, height: 9, width: 3, channels: (72, 72)),
    Case(images: 1, height: 6, width: 6, channels: (73, 89)),
    Case(images: 3, height: 5, width: 8, channels: (96, 64)),
    Case(images: 2, height: 6, width: 9, channels: (64, 96), padding: (0, 2, 2, 0)),
    Case(images: 1, height: 5, width: 4, channels: (130, 112), padding: (0, 0, 0, 0)),
    Case(images: 1, height: 2, width: 2, channels: (193, 257), padding: pads),
    Case(images: 64, height: 4, width: 4, channels: (64, 80)),
    Case(images: 33, height: 8, width: 7, channels: (64, 66)),
    Case(images: 1, height: 8, width: 8, channels: (64, 128), kernel: (4, 2)),
    Case(images: 64, height: 8, width: 8, channels: (64, 72), kernel: (4, 2)),
    Case(
        images: 2, height: 9, width: 6, channels: (100, 67), kernel: (4, 2), padding: (2, 1, 0, 1)),
    Case(images: 37, height: 9, width: 11, channels: (67, 64), kernel: (4, 2)),
    Case(images: 2, height: 7, width: 10, channels: (80, 96), kernel: (3, 2)),
    Case(images: 1, height: 1, width: 1, channels: (64, 64), kernel: (3, 2)),
]

@Suite struct WinogradDirectTests {
    @Test(arguments: cases.indices)
    func equalsItsNaiveTwinOnAnyNumberOfThreads(index: Int) throws {
        let g = cases[index].geometry
        var generator = Generator(state: UInt64(400 + index))
        let source = generator.floats(g.sourceCount)
        let weights = generator.floats(g.weightCount)
        let destination = generator.floats(g.destinationCount)
        for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
            let runs = try [1, 2, 3].map { threads in
                let convolution = try Convolution(
                    Context(threads: threads), kind, g, algorithm: ATL_DNNL_WINOGRAD)
                #expect(convolution.packsNothing, "\(g.text)")
                return try convolution(source: source, weights: weights, destination: destination)
            }
            let bits = runs.map { $0.map(\.bitPattern) }
            #expect(bits[1] == bits[0] && bits[2] == bits[0], "kind \(kind.rawValue), \(g.text)")
            // Patches have tests of their own, and take less time than the naive twin.
            let exact: Exact
            if g.n > 3 {
                let patches = try Convolution(Context(), kind, g, algorithm: ATL_DNNL_PATCHES)(
                    source: source, weights: weights, destination: destination)
                exact = Exact(patches)
            } else {
                exact = naive(kind, g, source: source, weights: weights, destination: destination)
            }
            expectAccurate(runs[0], exact, "kind \(kind.rawValue), \(g.text)")
        }
    }

    @Test(arguments: [
        ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU, ATL_DNNL_TANH, ATL_DNNL_SIGMOID,
    ])
    func biasAndActivationFollowTheSum(activation: atl_dnnl_activation) throws {
        let context = try Context()
        for index in [1, 4, 7, 8, 12, 14] {
            let g = cases[index].geometry
            var generator = Generator(state: UInt64(500 + index))
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
                let bias = generator.floats(Int(kind == ATL_DNNL_FORWARD ? g.o : g.c))
                // The same sums without post-ops: they are tested above.
                let plain = try Convolution(context, kind, g, algorithm: ATL_DNNL_WINOGRAD)(
                    source: source, weights: weights, destination: destination)
                let convolution = try Convolution(
                    context, kind, g,
                    postOps: .init(bias: true, activation: activation, slope: 0.2),
                    algorithm: ATL_DNNL_WINOGRAD)
                let result = try convolution(
                    source: source, weights: weights, destination: destination, bias: bias)
                #expect(convolution.packsNothing && result.count == plain.count)
                var worst = 0.0
                for i in plain.indices {
                    let expected = reference(
                        activation, slope: 0.2, Double(plain[i]) + Double(bias[i % bias.count]))
                    let error = abs(Double(result[i]) - expected) / (1 + abs(expected))
                    worst = error > worst || error.isNaN ? error : worst
                }
                #expect(worst <= 2e-6, "\(activation.rawValue), kind \(kind.rawValue), \(g.text)")
            }
        }
    }

    /// The tensors as they come: nothing is read or written beyond them.
    @Test func plainWeightsNeedNoAlignment() throws {
        let g = cases[2].geometry
        var generator = Generator(state: 600)
        var source = generator.floats(g.sourceCount + 1)
        // What lies beside the tensors must not matter.
        var weights = [Float.nan] + generator.floats(g.weightCount) + [.nan]
        source[0] = .nan
        let convolution = try Convolution(
            Context(), ATL_DNNL_FORWARD, g, algorithm: ATL_DNNL_WINOGRAD)
        let expected = try convolution(
            source: Array(source.dropFirst()), weights: Array(weights.dropFirst().dropLast()))
        var result = [Float](repeating: 7, count: g.destinationCount + 2)
        try withAlignedBytes(atl_dnnl_convolution_scratchpad_bytes(convolution.handle)) { scratch in
            try source.withUnsafeMutableBytes { source in
                try weights.withUnsafeMutableBytes { weights in
                    try result.withUnsafeMutableBytes { result in
                        var tensors = atl_dnnl_convolution_tensors(
                            source: source.baseAddress! + 4, weights: weights.baseAddress! + 4,
                            bias: nil, destination: result.baseAddress! + 4, scratchpad: scratch)
                        try check { atl_dnnl_convolution_run(convolution.handle, &tensors, &$0) }
                    }
                }
            }
        }
        #expect(result.dropFirst().dropLast().elementsEqual(expected))
        #expect(result.first == 7 && result.last == 7)
    }

    /// Many tiles are worth packed weights, and narrow layers have few of them.
    @Test func onlyFewTilesOfWideLayersGoWithoutPacking() throws {
        let packed = [
            Case(images: 257, height: 4, width: 4, channels: (64, 64)),
            Case(images: 1, height: 8, width: 8, channels: (63, 64)),
            Case(images: 1, height: 8, width: 8, channels: (64, 63)),
            Case(images: 16, height: 48, width: 24, channels: (64, 128), kernel: (4, 2)),
        ]
        let context = try Context()
        for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
            for g in packed.map(\.geometry) {
                let made = try Convolution(context, kind, g, algorithm: ATL_DNNL_WINOGRAD)
                #expect(!made.packsNothing, "\(g.text)")
            }
        }
    }
}

extension Convolution {
    /// Whether it takes plain weights as they are.
    fileprivate var packsNothing: Bool {
        atl_dnnl_convolution_packing_is_identity(handle)
            && atl_dnnl_convolution_packed_weight_bytes(handle) == 4 * geometry.weightCount
    }
}

extension Exact {
    /// Values that another algorithm has found.
    fileprivate init(_ values: [Float]) {
        self.init(count: values.count)
        value = values.map(Double.init)
    }
}
