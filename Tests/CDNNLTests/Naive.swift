import CDNNL
import Testing

/// A deterministic generator for test data (SplitMix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// Uniform on [-1, 1).
    mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in Float.random(in: -1..<1, using: &self) }
    }
}

/// A result in double, with the sum of the absolute values of its terms: what rounding scales with.
struct Exact {
    var value: [Double]
    var magnitude: [Double]

    init(count: Int) {
        value = .init(repeating: 0, count: count)
        magnitude = value
    }

    mutating func add(_ a: Float, _ b: Float, at index: Int) {
        let product = Double(a) * Double(b)
        value[index] += product
        magnitude[index] += abs(product)
    }
}

/// The naive twin of the three kinds: every pair of elements that a window joins.
func naive(
    _ kind: atl_dnnl_convolution_kind, _ g: atl_dnnl_geometry, source: [Float], weights: [Float],
    destination: [Float]
) -> Exact {
    let (n, h, w, c) = (Int(g.n), Int(g.h), Int(g.w), Int(g.c))
    let (oh, ow, o, kh, kw) = (Int(g.oh), Int(g.ow), Int(g.o), Int(g.kh), Int(g.kw))
    let (cg, og) = (c / Int(g.groups), o / Int(g.groups))
    let count =
        kind == ATL_DNNL_FORWARD
        ? g.destinationCount : kind == ATL_DNNL_DATA_GRADIENT ? g.sourceCount : g.weightCount
    var exact = Exact(count: count)
    for image in 0..<n {
        for y in 0..<oh {
            for x in 0..<ow {
                for ky in 0..<kh {
                    let sy = y * Int(g.stride_h) + ky * Int(g.dilation_h) - Int(g.pad_top)
                    guard sy >= 0, sy < h else { continue }
                    for kx in 0..<kw {
                        let sx = x * Int(g.stride_w) + kx * Int(g.dilation_w) - Int(g.pad_left)
                        guard sx >= 0, sx < w else { continue }
                        for out in 0..<o {
                            let d = ((image * oh + y) * ow + x) * o + out
                            for i in 0..<cg {
                                let s = ((image * h + sy) * w + sx) * c + out / og * cg + i
                                let k = ((out * kh + ky) * kw + kx) * cg + i
                                switch kind {
                                case ATL_DNNL_FORWARD: exact.add(source[s], weights[k], at: d)
                                case ATL_DNNL_DATA_GRADIENT:
                                    exact.add(destination[d], weights[k], at: s)
                                default: exact.add(source[s], destination[d], at: k)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return exact
}

/// Expects each element within `relative` of the sum of its terms' absolute values.
func expectClose(
    _ actual: [Float], _ exact: Exact, relative: Double = 3e-6, _ what: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard actual.count == exact.value.count else {
        Issue.record(
            "\(what()): \(actual.count) elements for \(exact.value.count)",
            sourceLocation: sourceLocation)
        return
    }
    var worst = 0.0
    var place = 0
    for index in actual.indices {
        let excess =
            abs(Double(actual[index]) - exact.value[index]) / (exact.magnitude[index] + 1e-3)
        if !(excess <= worst) {
            worst = excess
            place = index
            if excess.isNaN { break }
        }
    }
    if !(worst <= relative) {
        Issue.record(
            "\(what()): error \(worst) at \(place): \(actual[place]) for \(exact.value[place])",
            sourceLocation: sourceLocation)
    }
}
