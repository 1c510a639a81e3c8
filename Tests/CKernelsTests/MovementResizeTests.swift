import CKernels
import TensorCore
import Testing

/// A resizing with its naive twin in double precision.
struct NaiveResize: CustomTestStringConvertible, Sendable {
    var c: atl_resize2d
    var testDescription: String { "\(c)" }
    var inputCount: Int { Int(c.n * c.height * c.width * c.channels) }
    var outputCount: Int { Int(c.n * c.out_height * c.out_width * c.channels) }

    init(
        _ mode: atl_resize_mode, n: Int = 1, _ height: Int, _ width: Int, _ channels: Int,
        to outHeight: Int, _ outWidth: Int
    ) {
        c = atl_resize2d(
            n: Int64(n), height: Int64(height), width: Int64(width), channels: Int64(channels),
            out_height: Int64(outHeight), out_width: Int64(outWidth),
            mode: Int32(mode.rawValue))
    }

    /// The sources along one axis with their weights, by the formulas of `ResizeMode`.
    func sources(_ i: Int, _ size: Int, _ outSize: Int) -> [(Int, Double)] {
        if c.mode == Int32(ATL_RESIZE_NEAREST.rawValue) { return [(i * size / outSize, 1)] }
        let coordinate = (Double(i) + 0.5) * Double(size) / Double(outSize) - 0.5
        let clamped = min(max(coordinate, 0), Double(size - 1))
        let low = Int(clamped)
        let fraction = clamped - Double(low)
        return [(low, 1 - fraction), (min(low + 1, size - 1), fraction)]
    }

    /// For every output, its place, a source's place and the weight.
    func forEachWeight(_ body: (_ output: Int, _ source: Int, _ weight: Double) -> Void) {
        let (height, width, channels) = (Int(c.height), Int(c.width), Int(c.channels))
        var output = 0
        for image in 0..<Int(c.n) {
            for oy in 0..<Int(c.out_height) {
                for ox in 0..<Int(c.out_width) {
                    for channel in 0..<channels {
                        for (y, a) in sources(oy, height, Int(c.out_height)) {
                            for (x, b) in sources(ox, width, Int(c.out_width)) {
                                let place = ((image * height + y) * width + x) * channels + channel
                                body(output, place, a * b)
                            }
                        }
                        output += 1
                    }
                }
            }
        }
    }

    func forward(_ x: [Float]) -> (result: [Float], same: Bool) {
        var c = self.c
        var scratch = [UInt8](repeating: 255, count: Int(atl_resize2d_scratch_bytes(&c)))
        return movementSameBits(count: outputCount) { dst, threads in
            atl_resize2d_forward(&c, x, dst, &scratch, threads)
        }
    }

    func gradient(_ g: [Float]) -> (result: [Float], same: Bool) {
        var c = self.c
        var scratch = [UInt8](repeating: 255, count: Int(atl_resize2d_scratch_bytes(&c)))
        return movementSameBits(count: inputCount) { dst, threads in
            atl_resize2d_gradient(&c, g, dst, &scratch, threads)
        }
    }
}

@Suite struct MovementResizeTests {
    static let geometries: [NaiveResize] = [ATL_RESIZE_NEAREST, ATL_RESIZE_BILINEAR].flatMap {
        mode in
        [1, 2, 3, 4, 7, 8, 11, 16, 65].flatMap { channels in
            [
                NaiveResize(mode, n: 2, 4, 5, channels, to: 8, 10),
                NaiveResize(mode, n: 2, 8, 6, channels, to: 4, 3),
                NaiveResize(mode, 5, 7, channels, to: 5, 7),
                NaiveResize(mode, 3, 4, channels, to: 11, 9),
                NaiveResize(mode, 13, 9, channels, to: 3, 2),
                NaiveResize(mode, 1, 1, channels, to: 4, 3),
                NaiveResize(mode, 6, 5, channels, to: 1, 1),
                NaiveResize(mode, 7, 3, channels, to: 2, 10),
                NaiveResize(mode, n: 2, 40, 37, channels, to: 55, 61),
            ]
        }
    }

    @Test(arguments: geometries)
    func equalsNaiveTwinAndAdjoint(_ resize: NaiveResize) {
        let x = movementFloats(resize.inputCount, 1)
        let g = movementFloats(resize.outputCount, 2)
        var resized = [Double](repeating: 0, count: resize.outputCount)
        var gradient = [Double](repeating: 0, count: resize.inputCount)
        resize.forEachWeight { output, source, weight in
            resized[output] += weight * Double(x[source])
            gradient[source] += weight * Double(g[output])
        }
        let (forward, same1) = resize.forward(x)
        let (backward, same2) = resize.gradient(g)
        #expect(movementError(forward, resized) < 1e-6)
        #expect(movementError(backward, gradient) < 4e-6)
        #expect(same1 && same2)
        let left = movementDot(forward, g)
        #expect(abs(left - movementDot(x, backward)) < 1e-5 * (1 + abs(left)))
    }

    @Test func sameSizeIsTheIdentityEvenForInfinities() {
        for mode in [ATL_RESIZE_NEAREST, ATL_RESIZE_BILINEAR] {
            let x = movementTies(6 * 5 * 3, special: true).map { $0.isNaN ? Float.infinity : $0 }
            let resize = NaiveResize(mode, 6, 5, 3, to: 6, 5)
            #expect(resize.forward(x).result == x)
            #expect(resize.gradient(x).result == x)
        }
    }

    /// `torch.nn.functional.interpolate` (2.13, `align_corners=False`) of `k * k / 10`, k = 0..<12.
    @Test func equalsPyTorch() {
        let x = (0..<12).map { Float($0 * $0) / 10 }
        let enlarged: [Double] = [
            0, 0.03571, 0.09286, 0.25, 0.43571, 0.72143, 0.9, 0.64, 0.79, 1.03, 1.37, 1.73857,
            2.20714, 2.5, 1.6, 1.92143, 2.43571, 3.05, 3.69286, 4.43571, 4.9, 4.48, 4.97286,
            5.76143,
            6.65, 7.56714, 8.58429, 9.22, 6.4, 7.00714, 7.97857, 9.05, 10.15, 11.35, 12.1,
        ]
        let reduced: [Double] = [0.45, 0.95, 1.78333, 5.45, 7.55, 9.98333]
        let rows: [[Double]] = [
            [0, 0, 0.1, 0.1, 0.4, 0.4, 0.9], [1.6, 1.6, 2.5, 2.5, 3.6, 3.6, 4.9],
            [6.4, 6.4, 8.1, 8.1, 10, 10, 12.1],
        ]
        let nearest = [rows[0], rows[0], rows[1], rows[1], rows[2]].flatMap { $0 }
        let bilinear = ATL_RESIZE_BILINEAR
        #expect(
            movementError(NaiveResize(bilinear, 3, 4, 1, to: 5, 7).forward(x).result, enlarged)
                < 1e-5)
        #expect(
            movementError(NaiveResize(bilinear, 3, 4, 1, to: 2, 3).forward(x).result, reduced)
                < 1e-5)
        #expect(
            movementError(
                NaiveResize(ATL_RESIZE_NEAREST, 3, 4, 1, to: 5, 7).forward(x).result, nearest)
                < 1e-5)
    }
}
