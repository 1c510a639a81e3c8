import TensorCore

extension ReferenceEvaluator {
    /// Calls `body` with each output position of a pooling and the positions inside the picture
    /// that its window covers, in row-major order.
    private static func forEachWindow(
        _ p: Pool2dParameters, input x: [Int], output y: [Int],
        _ body: (_ output: Int, _ window: [Int]) -> Void
    ) {
        var position = 0
        forEachIndex(of: y) { index in
            var window: [Int] = []
            for kh in 0..<p.kernelHeight {
                let h = index[1] * p.strideHeight - p.paddingTop + kh
                guard h >= 0, h < x[1] else { continue }
                for kw in 0..<p.kernelWidth {
                    let w = index[2] * p.strideWidth - p.paddingLeft + kw
                    guard w >= 0, w < x[2] else { continue }
                    window.append(((index[0] * x[1] + h) * x[2] + w) * x[3] + index[3])
                }
            }
            body(position, window)
            position += 1
        }
    }

    /// The first largest element of a window (a NaN is larger than everything), or nil when the
    /// window covers padding only.
    private static func largest(_ window: [Int], of values: [Double]) -> Int? {
        guard var best = window.first else { return nil }
        for i in window.dropFirst() {
            let isLarger = values[i] > values[best]
            if isLarger || (values[i].isNaN && !values[best].isNaN) { best = i }
        }
        return best
    }

    static func maxPoolGather(
        _ v: ReferenceTensor, _ x: ReferenceTensor, _ p: Pool2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: -.infinity, count: shape.reduce(1, *))
        forEachWindow(p, input: x.shape, output: shape) { output, window in
            if let place = largest(window, of: x.values) { result[output] = v.values[place] }
        }
        return result
    }

    static func maxPoolScatter(
        _ g: ReferenceTensor, _ x: ReferenceTensor, _ p: Pool2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachWindow(p, input: x.shape, output: g.shape) { output, window in
            if let place = largest(window, of: x.values) { result[place] += g.values[output] }
        }
        return result
    }

    static func averagePool(
        _ x: ReferenceTensor, _ p: Pool2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        let area = Double(p.kernelHeight * p.kernelWidth)
        forEachWindow(p, input: x.shape, output: shape) { output, window in
            result[output] = window.reduce(0) { $0 + x.values[$1] } / area
        }
        return result
    }

    static func averagePoolGradient(
        _ g: ReferenceTensor, _ p: Pool2dParameters, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        let area = Double(p.kernelHeight * p.kernelWidth)
        forEachWindow(p, input: shape, output: g.shape) { output, window in
            for place in window { result[place] += g.values[output] / area }
        }
        return result
    }

    /// Where a coordinate of the resized axis reads: up to two places with weights.
    private static func sources(
        _ i: Int, from size: Int, to newSize: Int, _ mode: ResizeMode
    ) -> [(place: Int, weight: Double)] {
        switch mode {
        case .nearest: return [(i * size / newSize, 1)]
        case .bilinear:
            let centre = (Double(i) + 0.5) * Double(size) / Double(newSize) - 0.5
            let clamped = min(max(centre, 0), Double(size - 1))
            let lower = Int(clamped)
            let fraction = clamped - Double(lower)
            return [(lower, 1 - fraction), (min(lower + 1, size - 1), fraction)]
        }
    }

    /// Calls `body` with the positions and weight of every product of a resize.
    private static func forEachSource(
        _ mode: ResizeMode, input x: [Int], output y: [Int],
        _ body: (_ input: Int, _ output: Int, _ weight: Double) -> Void
    ) {
        var position = 0
        forEachIndex(of: y) { index in
            for row in sources(index[1], from: x[1], to: y[1], mode) {
                for column in sources(index[2], from: x[2], to: y[2], mode) {
                    let place = (index[0] * x[1] + row.place) * x[2] + column.place
                    body(place * x[3] + index[3], position, row.weight * column.weight)
                }
            }
            position += 1
        }
    }

    static func resize(_ x: ReferenceTensor, _ mode: ResizeMode, _ shape: [Int]) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachSource(mode, input: x.shape, output: shape) { input, output, weight in
            if weight != 0 { result[output] += weight * x.values[input] }
        }
        return result
    }

    static func resizeGradient(
        _ g: ReferenceTensor, _ mode: ResizeMode, _ shape: [Int]
    ) -> [Double] {
        var result = [Double](repeating: 0, count: shape.reduce(1, *))
        forEachSource(mode, input: shape, output: g.shape) { input, output, weight in
            if weight != 0 { result[input] += weight * g.values[output] }
        }
        return result
    }
}
