import CDNNL
import Testing

/// 3x3 of stride 1, and 3x3 and 4x4 of stride 2, over ragged sides, paddings and channels.
private func geometries(_ count: Int) -> [atl_dnnl_geometry] {
    var generator = Generator(state: 31)
    var all: [atl_dnnl_geometry] = []
    while all.count < count {
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let (kernel, stride) = [(3, 1), (4, 2), (3, 2)][all.count % 3]
        let padding = (draw(0...2), draw(0...2), draw(0...2), draw(0...2))
        let (h, w) = (draw(1...14), draw(1...14))
        guard h + padding.0 + padding.1 >= kernel, w + padding.2 + padding.3 >= kernel else {
            continue
        }
        // Some deeper than one block of the products.
        let deep = all.count % 10 == 9
        all.append(
            .init(
                n: draw(1...3), h: h, w: w, c: deep ? draw(257...300) : draw(1...40),
                o: deep ? draw(257...300) : draw(1...40), kernel: (kernel, kernel),
                stride: (stride, stride), padding: padding))
    }
    return all
}

/// Expects the rms of the error within `relative` of the result's, and no element far off.
///
/// A tile's results share the rounding of its largest elements: at an edge, the error of a result
/// does not shrink with its own few terms.
func expectAccurate(
    _ actual: [Float], _ exact: Exact, relative: Double = 6e-6, _ what: @autoclosure () -> String
) {
    guard actual.count == exact.value.count else {
        Issue.record("\(what()): \(actual.count) elements for \(exact.value.count)")
        return
    }
    var error = 0.0
    var size = 0.0
    var worst = 0.0
    for (a, b) in zip(actual, exact.value) {
        let difference = Double(a) - b
        error += difference * difference
        size += b * b
        worst = abs(difference) > worst || difference.isNaN ? abs(difference) : worst
    }
    let ratio = (error / max(size, 1e-20)).squareRoot()
    let rms = (size / Double(actual.count)).squareRoot()
    #expect(ratio <= relative, "\(what()): relative error \(ratio)")
    #expect(worst <= 10 * relative * rms, "\(what()): an error of \(worst) where rms is \(rms)")
}

@Suite struct WinogradTests {
    @Test func everyShapeEqualsItsNaiveTwin() throws {
        var generator = Generator(state: 32)
        for g in geometries(60) {
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
                let exact = naive(
                    kind, g, source: source, weights: weights, destination: destination)
                let results = try [2, 1].map { threads in
                    let convolution = try Convolution(
                        Context(threads: threads), kind, g, algorithm: ATL_DNNL_WINOGRAD)
                    #expect(convolution.description.hasPrefix("winograd"))
                    return try convolution(
                        source: source, weights: weights, destination: destination)
                }
                expectAccurate(results[0], exact, "kind \(kind.rawValue), \(g.text)")
                #expect(
                    results[0].map(\.bitPattern) == results[1].map(\.bitPattern),
                    "the bits depend on threads: kind \(kind.rawValue), \(g.text)")
            }
        }
    }

    @Test func biasAndActivationAreAppliedInTheTile() throws {
        var generator = Generator(state: 33)
        let activations = [
            ATL_DNNL_NO_ACTIVATION, ATL_DNNL_RELU, ATL_DNNL_LEAKY_RELU, ATL_DNNL_TANH,
            ATL_DNNL_SIGMOID,
        ]
        let context = try Context()
        for (index, g) in geometries(30).enumerated() {
            let activation = activations[index / 3 % activations.count]
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
                let channels = Int(kind == ATL_DNNL_FORWARD ? g.o : g.c)
                let bias = generator.floats(channels)
                var exact = naive(
                    kind, g, source: source, weights: weights, destination: destination)
                let size = exact.value.map(abs).max() ?? 0
                for i in exact.value.indices {
                    exact.value[i] = reference(
                        activation, slope: 0.2, exact.value[i] + Double(bias[i % channels]))
                }
                let convolution = try Convolution(
                    context, kind, g,
                    postOps: .init(bias: true, activation: activation, slope: 0.2),
                    algorithm: ATL_DNNL_WINOGRAD)
                let result = try convolution(
                    source: source, weights: weights, destination: destination, bias: bias)
                let worst = zip(result, exact.value).map { abs(Double($0) - $1) }.max() ?? 0
                #expect(
                    worst <= 2e-5 * (size + 1) && !result.contains(where: \.isNaN),
                    "\(activation.rawValue), kind \(kind.rawValue), \(g.text): \(worst)")
            }
        }
    }

    /// Chunks that threads share, chunks of their own, and several chunks for each thread.
    @Test(arguments: [(1, 8), (1, 64), (9, 16), (64, 16)])
    func bitsDoNotDependOnThreads(images: Int, side: Int) throws {
        var generator = Generator(state: 34)
        for (kernel, stride) in [(3, 1), (4, 2)] {
            let g = atl_dnnl_geometry(
                n: images, h: side, w: side, c: 72, o: 40, kernel: (kernel, kernel),
                stride: (stride, stride), padding: (1, 1, 1, 1))
            let source = generator.floats(g.sourceCount)
            let weights = generator.floats(g.weightCount)
            let destination = generator.floats(g.destinationCount)
            for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
                let runs = try [1, 2, 3].map { threads in
                    try Convolution(
                        Context(threads: threads), kind, g, algorithm: ATL_DNNL_WINOGRAD)(
                            source: source, weights: weights, destination: destination
                        ).map(\.bitPattern)
                }
                #expect(runs[1] == runs[0] && runs[2] == runs[0], "\(g.text)")
                let patches = try Convolution(Context(), kind, g, algorithm: ATL_DNNL_PATCHES)(
                    source: source, weights: weights, destination: destination)
                var exact = Exact(count: patches.count)
                exact.value = patches.map(Double.init)
                expectAccurate(runs[0].map { Float(bitPattern: $0) }, exact, "\(g.text)")
            }
        }
    }

    @Test func pointersNeedNoAlignment() throws {
        var generator = Generator(state: 35)
        let g = atl_dnnl_geometry(
            h: 7, w: 9, c: 21, o: 19, kernel: (3, 3), padding: (1, 1, 1, 1))
        let source = generator.floats(g.sourceCount + 1)
        let weights = generator.floats(g.weightCount + 1)
        let convolution = try Convolution(
            Context(), ATL_DNNL_FORWARD, g, algorithm: ATL_DNNL_WINOGRAD)
        let aligned = try convolution(
            source: Array(source.dropFirst()), weights: Array(weights.dropFirst()))
        let packedBytes = atl_dnnl_convolution_packed_weight_bytes(convolution.handle)
        let scratchpadBytes = atl_dnnl_convolution_scratchpad_bytes(convolution.handle)
        var shifted = source
        // One more at each end, which must stay what they are.
        var result = [Float](repeating: 7, count: g.destinationCount + 2)
        try withAlignedBytes(packedBytes + 4) { packed in
            try withAlignedBytes(scratchpadBytes) { scratchpad in
                try weights.withUnsafeBufferPointer { plain in
                    try check {
                        atl_dnnl_convolution_pack_weights(
                            convolution.handle, plain.baseAddress! + 1, packed + 4, &$0)
                    }
                }
                try shifted.withUnsafeMutableBytes { source in
                    try result.withUnsafeMutableBytes { result in
                        var tensors = atl_dnnl_convolution_tensors(
                            source: source.baseAddress! + 4, weights: packed + 4, bias: nil,
                            destination: result.baseAddress! + 4, scratchpad: scratchpad)
                        try check {
                            atl_dnnl_convolution_run(convolution.handle, &tensors, &$0)
                        }
                    }
                }
            }
        }
        #expect(result.dropFirst().dropLast().elementsEqual(aligned))
        #expect(result.first == 7 && result.last == 7)
    }

    /// The rule takes it for wide layers, and leaves it where transforms cost more than they save.
    @Test func theRuleTakesItWhereItPays() throws {
        let context = try Context()
        let pads = (1, 1, 1, 1)
        let pays: [atl_dnnl_geometry] = [
            .init(
                n: 64, h: 16, w: 16, c: 64, o: 128, kernel: (4, 4), stride: (2, 2), padding: pads),
            .init(n: 16, h: 16, w: 16, c: 128, o: 128, kernel: (3, 3), padding: pads),
            .init(n: 1, h: 66, w: 66, c: 256, o: 256, kernel: (3, 3)),
        ]
        let doesNot: [atl_dnnl_geometry] = [
            .init(n: 16, h: 64, w: 64, c: 3, o: 64, kernel: (3, 3), padding: pads),
            .init(n: 1, h: 4, w: 4, c: 512, o: 512, kernel: (4, 4), stride: (2, 2), padding: pads),
            .init(n: 16, h: 16, w: 16, c: 64, o: 64, kernel: (1, 1)),
        ]
        for kind in [ATL_DNNL_FORWARD, ATL_DNNL_DATA_GRADIENT] {
            for g in pays {
                let made = try Convolution(context, kind, g)
                #expect(made.description.hasPrefix("winograd"), "\(g.text): \(made.description)")
            }
            for g in doesNot {
                let made = try Convolution(context, kind, g)
                #expect(!made.description.hasPrefix("winograd"), "\(g.text): \(made.description)")
            }
        }
    }

    @Test func otherShapesAreRefused() throws {
        let context = try Context()
        let others: [atl_dnnl_geometry] = [
            .init(h: 8, w: 8, c: 8, o: 8, kernel: (5, 5)),
            .init(h: 8, w: 8, c: 8, o: 8, kernel: (3, 2)),
            .init(h: 8, w: 8, c: 8, o: 8, kernel: (4, 4), stride: (1, 2)),
            .init(h: 8, w: 8, c: 8, o: 8, kernel: (3, 3), dilation: (2, 2)),
            .init(h: 8, w: 8, c: 8, o: 8, kernel: (3, 3), groups: 2),
        ]
        for g in others {
            let error = #expect(throws: ShimError.self, "\(g.text)") {
                _ = try Convolution(context, ATL_DNNL_FORWARD, g, algorithm: ATL_DNNL_WINOGRAD)
            }
            #expect(error?.code == ATL_DNNL_UNSUPPORTED)
        }
    }
}
