import CDNNL
import Testing

/// Geometries that Winograd's weight gradient has: ragged tiles, channels that fill no vector, all
/// paddings, several chunks and ranges.
private func geometries() -> [atl_dnnl_geometry] {
    var generator = Generator(state: 31)
    var all: [atl_dnnl_geometry] = [
        // Whole tiles; one pixel; a picture smaller than a tile.
        .init(h: 8, w: 8, c: 16, o: 24, kernel: (3, 3), padding: (1, 1, 1, 1)),
        .init(h: 8, w: 8, c: 16, o: 24, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
        .init(n: 3, h: 1, w: 1, c: 33, o: 7, kernel: (3, 3), padding: (1, 1, 1, 1)),
        .init(n: 3, h: 2, w: 2, c: 20, o: 7, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
        // A kernel as large as the padded picture; a rest that no window reaches.
        .init(h: 3, w: 4, c: 5, o: 6, kernel: (3, 3)),
        .init(h: 7, w: 9, c: 5, o: 6, kernel: (4, 4), stride: (2, 2), padding: (1, 1, 1, 1)),
        // Pictures of three channels at either end.
        .init(h: 17, w: 15, c: 3, o: 40, kernel: (3, 3), padding: (1, 1, 1, 1)),
        .init(h: 17, w: 15, c: 40, o: 3, kernel: (3, 3), padding: (1, 1, 1, 1)),
        // Several chunks; several ranges; several of both.
        .init(n: 13, h: 23, w: 26, c: 17, o: 13, kernel: (3, 3), padding: (1, 1, 1, 1)),
        .init(
            n: 1, h: 4, w: 4, c: 256, o: 130, kernel: (4, 4), stride: (2, 2),
            padding: (1, 1, 1, 1)),
        .init(n: 240, h: 1, w: 1, c: 2048, o: 74, kernel: (3, 3), padding: (1, 1, 1, 1)),
    ]
    while all.count < 90 {
        func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
        let stride = draw(1...2)
        let kernel = stride == 1 ? 3 : draw(3...4)
        let geometry = atl_dnnl_geometry(
            n: draw(1...3), h: draw(1...13), w: draw(1...13), c: draw(1...40), o: draw(1...40),
            kernel: (kernel, kernel), stride: (stride, stride),
            padding: (draw(0...2), draw(0...2), draw(0...2), draw(0...2)))
        let fits =
            Int(geometry.h + geometry.pad_top + geometry.pad_bottom) >= kernel
            && Int(geometry.w + geometry.pad_left + geometry.pad_right) >= kernel
        if fits, geometry.isPossible { all.append(geometry) }
    }
    return all
}

/// A weight gradient with all tensors `offset` floats past a cache line.
private func weightGradient(
    _ convolution: Convolution, source: [Float], destination: [Float], offset: Int
) throws -> [Float] {
    func withFloats<R>(_ values: [Float], _ body: (UnsafeMutablePointer<Float>) throws -> R)
        rethrows
        -> R
    {
        try withAlignedBytes((values.count + offset) * 4) { bytes in
            let floats = bytes.assumingMemoryBound(to: Float.self) + offset
            floats.update(from: values, count: values.count)
            return try body(floats)
        }
    }
    let g = convolution.geometry
    let empty = [Float](repeating: .nan, count: g.weightCount)
    return try withFloats(source) { source in
        try withFloats(destination) { destination in
            try withFloats(empty) { weights in
                let bytes = atl_dnnl_convolution_scratchpad_bytes(convolution.handle)
                return try withAlignedBytes(bytes) { scratchpad in
                    var tensors = atl_dnnl_convolution_tensors(
                        source: source, weights: weights, bias: nil, destination: destination,
                        scratchpad: scratchpad)
                    try check { atl_dnnl_convolution_run(convolution.handle, &tensors, &$0) }
                    return Array(UnsafeBufferPointer(start: weights, count: g.weightCount))
                }
            }
        }
    }
}

@Suite struct WinogradWeightTests {
    @Test func equalsItsNaiveTwinAtAnyAlignmentAndThreads() throws {
        var generator = Generator(state: 32)
        for g in geometries() {
            let source = generator.floats(g.sourceCount)
            let destination = generator.floats(g.destinationCount)
            let exact = naive(
                ATL_DNNL_WEIGHT_GRADIENT, g, source: source, weights: [], destination: destination)
            var results: [[Float]] = []
            for (threads, offset) in [(1, 0), (2, 3), (3, 1)] {
                let convolution = try Convolution(
                    try Context(threads: threads), ATL_DNNL_WEIGHT_GRADIENT, g,
                    algorithm: ATL_DNNL_WINOGRAD)
                #expect(convolution.description.hasPrefix("winograd"))
                #expect(atl_dnnl_convolution_packing_is_identity(convolution.handle))
                results.append(
                    try weightGradient(
                        convolution, source: source, destination: destination, offset: offset))
            }
            // A sum of few or no terms has the errors of its neighbours.
            var even = exact
            let largest = exact.magnitude.max() ?? 0
            even.magnitude = exact.magnitude.map { _ in largest }
            expectClose(results[0], even, g.text)
            let error = zip(results[0], exact.value).reduce(0) {
                $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
            }
            let power = exact.value.reduce(0) { $0 + $1 * $1 }
            #expect(error.squareRoot() <= 5e-6 * power.squareRoot(), "\(g.text)")
            #expect(results[1].map(\.bitPattern) == results[0].map(\.bitPattern), "\(g.text)")
            #expect(results[2].map(\.bitPattern) == results[0].map(\.bitPattern), "\(g.text)")
        }
    }

    @Test func otherGeometriesAreRefused() throws {
        let context = try Context()
        let refused: [atl_dnnl_geometry] = [
            .init(h: 8, w: 8, c: 4, o: 4, kernel: (5, 5)),
            .init(h: 8, w: 8, c: 4, o: 4, kernel: (3, 1)),
            .init(h: 8, w: 8, c: 4, o: 4, kernel: (3, 3), stride: (1, 2)),
            .init(h: 8, w: 8, c: 4, o: 4, kernel: (3, 3), dilation: (2, 1)),
            .init(h: 8, w: 8, c: 4, o: 4, kernel: (3, 3), groups: 2),
        ]
        for g in refused {
            let error = #expect(throws: ShimError.self, "\(g.text)") {
                try Convolution(
                    context, ATL_DNNL_WEIGHT_GRADIENT, g, algorithm: ATL_DNNL_WINOGRAD)
            }
            #expect(error?.code == ATL_DNNL_UNSUPPORTED)
        }
    }

    @Test func theRuleTakesItWhereItPays() throws {
        let context = try Context()
        func algorithm(_ g: atl_dnnl_geometry) throws -> String {
            try Convolution(context, ATL_DNNL_WEIGHT_GRADIENT, g).description
        }
        // Large layers of 3x3, whatever the instruction set.
        for (side, channels) in [(32, 128), (16, 256), (8, 256)] {
            let name = try algorithm(
                .init(
                    n: 64, h: side, w: side, c: channels, o: channels, kernel: (3, 3),
                    padding: (1, 1, 1, 1)))
            #expect(name.hasPrefix("winograd"))
        }
        // So few tiles that the sums' transform would cost more than the products save; pictures.
        let few = try algorithm(
            .init(
                n: 1, h: 8, w: 8, c: 512, o: 512, kernel: (4, 4), stride: (2, 2),
                padding: (1, 1, 1, 1)))
        #expect(!few.hasPrefix("winograd"))
        let picture = try algorithm(
            .init(n: 64, h: 32, w: 32, c: 3, o: 64, kernel: (3, 3), padding: (1, 1, 1, 1)))
        #expect(!picture.hasPrefix("winograd"))
    }
}
