import CKernels
import TensorCore
import Testing

/// A pooling with its naive twins, element by element.
struct NaivePool: CustomTestStringConvertible, Sendable {
    var c: atl_pool2d
    var testDescription: String { "\(c)" }
    var inputCount: Int { Int(c.n * c.height * c.width * c.channels) }
    var outputCount: Int { Int(c.n * c.out_height * c.out_width * c.channels) }

    init(
        n: Int, _ height: Int, _ width: Int, _ channels: Int, kernel: (Int, Int),
        stride: (Int, Int), padding: (top: Int, bottom: Int, left: Int, right: Int)
    ) {
        let outHeight = (height + padding.top + padding.bottom - kernel.0) / stride.0 + 1
        let outWidth = (width + padding.left + padding.right - kernel.1) / stride.1 + 1
        c = atl_pool2d(
            n: Int64(n), height: Int64(height), width: Int64(width), channels: Int64(channels),
            out_height: Int64(outHeight), out_width: Int64(outWidth),
            kernel_height: Int64(kernel.0), kernel_width: Int64(kernel.1),
            stride_height: Int64(stride.0), stride_width: Int64(stride.1),
            padding_top: Int64(padding.top), padding_left: Int64(padding.left))
    }

    /// For every output, its place and the places of its window in row-major order.
    func forEachWindow(_ body: (_ output: Int, _ places: [Int]) -> Void) {
        var output = 0
        for image in 0..<c.n {
            for oy in 0..<c.out_height {
                for ox in 0..<c.out_width {
                    for channel in 0..<c.channels {
                        var places: [Int] = []
                        for ky in 0..<c.kernel_height {
                            for kx in 0..<c.kernel_width {
                                let y = oy * c.stride_height - c.padding_top + ky
                                let x = ox * c.stride_width - c.padding_left + kx
                                guard (0..<c.height).contains(y), (0..<c.width).contains(x) else {
                                    continue
                                }
                                let row = (image * c.height + y) * c.width + x
                                places.append(Int(row * c.channels + channel))
                            }
                        }
                        body(output, places)
                        output += 1
                    }
                }
            }
        }
    }

    static func largest(_ places: [Int], _ x: [Float]) -> Int? {
        places.dropFirst().reduce(places.first) { best, place in
            guard let best else { return place }
            return x[place] > x[best] || (x[place].isNaN && !x[best].isNaN) ? place : best
        }
    }
}

@Suite struct MovementPoolingTests {
    static let geometries: [NaivePool] = [1, 2, 3, 4, 7, 8, 11, 16, 65].flatMap { channels in
        [
            NaivePool(
                n: 2, 8, 8, channels, kernel: (2, 2), stride: (2, 2), padding: (0, 0, 0, 0)),
            NaivePool(
                n: 1, 9, 7, channels, kernel: (3, 3), stride: (2, 2), padding: (1, 1, 1, 1)),
            NaivePool(
                n: 3, 6, 11, channels, kernel: (3, 2), stride: (1, 3), padding: (0, 2, 1, 0)),
            NaivePool(
                n: 1, 5, 5, channels, kernel: (5, 5), stride: (1, 1), padding: (2, 2, 2, 2)),
            NaivePool(
                n: 2, 7, 7, channels, kernel: (1, 2), stride: (3, 3), padding: (0, 0, 0, 4)),
            NaivePool(
                n: 1, 3, 4, channels, kernel: (2, 2), stride: (1, 1), padding: (3, 0, 0, 3)),
            NaivePool(
                n: 1, 67, 50, channels, kernel: (3, 3), stride: (2, 1), padding: (1, 0, 0, 1)),
        ]
    }

    @Test(arguments: geometries)
    func maxFamily(_ pool: NaivePool) {
        for special in [false, true] {
            let x = movementTies(pool.inputCount, 1, special: special)
            let v = movementFloats(pool.inputCount, 2)
            let g = movementFloats(pool.outputCount, 3)
            var largest = [Float](repeating: 0, count: pool.outputCount)
            var picked = largest
            var spread = [Float](repeating: 0, count: pool.inputCount)
            pool.forEachWindow { output, places in
                let best = NaivePool.largest(places, x)
                largest[output] = best.map { x[$0] } ?? -.infinity
                picked[output] = best.map { v[$0] } ?? 0
                if let best { spread[best] += g[output] }
            }
            var c = pool.c
            let (foundLargest, same1) = movementSameBits(count: pool.outputCount) {
                atl_max_pool2d(&c, x, $0, $1)
            }
            let (foundPicked, same2) = movementSameBits(count: pool.outputCount) {
                atl_max_pool2d_gather(&c, v, x, $0, $1)
            }
            let (foundSpread, same3) = movementSameBits(count: pool.inputCount) {
                atl_max_pool2d_scatter(&c, g, x, $0, $1)
            }
            #expect(movementBits(foundLargest) == movementBits(largest))
            #expect(movementBits(foundPicked) == movementBits(picked))
            #expect(movementBits(foundSpread) == movementBits(spread))
            #expect(same1 && same2 && same3)
            let left = movementDot(foundPicked, g)
            #expect(abs(left - movementDot(v, foundSpread)) < 1e-5 * (1 + abs(left)) * 10)
        }
    }

    @Test(arguments: geometries)
    func average(_ pool: NaivePool) {
        let x = movementFloats(pool.inputCount, 1)
        let g = movementFloats(pool.outputCount, 2)
        let area = Float(pool.c.kernel_height * pool.c.kernel_width)
        var mean = [Float](repeating: 0, count: pool.outputCount)
        var gradient = [Float](repeating: 0, count: pool.inputCount)
        pool.forEachWindow { output, places in
            mean[output] = places.reduce(0) { $0 + x[$1] } / area
            for place in places { gradient[place] += g[output] }
        }
        gradient = gradient.map { $0 / area }
        var c = pool.c
        let (foundMean, same1) = movementSameBits(count: pool.outputCount) {
            atl_average_pool2d(&c, x, $0, $1)
        }
        let (foundGradient, same2) = movementSameBits(count: pool.inputCount) {
            atl_average_pool2d_gradient(&c, g, $0, $1)
        }
        #expect(movementBits(foundMean) == movementBits(mean))
        #expect(movementBits(foundGradient) == movementBits(gradient))
        #expect(same1 && same2)
        let left = movementDot(foundMean, g)
        #expect(abs(left - movementDot(x, foundGradient)) < 1e-4 * (1 + abs(left)))
    }
}
