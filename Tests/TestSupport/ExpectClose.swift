public import Testing

/// Records an issue unless two arrays have the same shape and every element is close:
/// `|actual - expected| <= absolute + relative * |expected|`.
///
/// The message names the largest excess, its index and both values. Equal infinities are close.
/// NaN is close to nothing, and to NaN only when `nanEqual` is set.
public func expectClose(
    _ actual: [Double], shape: [Int], to expected: [Double], shape expectedShape: [Int],
    absolute: Double, relative: Double, nanEqual: Bool = false, _ label: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let prefix = label.isEmpty ? "" : "\(label): "
    guard shape == expectedShape else {
        Issue.record(
            "\(prefix)shape \(shape), expected \(expectedShape)", sourceLocation: sourceLocation)
        return
    }
    let count = shape.reduce(1, *)
    guard actual.count == count, expected.count == count else {
        Issue.record(
            "\(prefix)shape \(shape) has \(count) elements; given \(actual.count) and \(expected.count)",
            sourceLocation: sourceLocation)
        return
    }
    var wrong = 0
    var worst = 0
    var worstExcess = 0.0
    for i in 0..<count {
        let excess = excess(
            actual[i], expected[i], absolute: absolute, relative: relative, nanEqual: nanEqual)
        if excess > 0 { wrong += 1 }
        if excess > worstExcess {
            worstExcess = excess
            worst = i
        }
    }
    guard wrong > 0 else { return }
    let difference = abs(actual[worst] - expected[worst])
    Issue.record(
        """
        \(prefix)\(wrong) of \(count) elements differ; worst at \(indices(of: worst, in: shape)): \
        got \(actual[worst]), expected \(expected[worst]), difference \(difference), \
        allowed \(absolute) + \(relative) * |expected|
        """, sourceLocation: sourceLocation)
}

/// `expectClose` for floats against doubles.
public func expectClose(
    _ actual: [Float], shape: [Int], to expected: [Double], shape expectedShape: [Int],
    absolute: Double, relative: Double, nanEqual: Bool = false, _ label: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        actual.map(Double.init), shape: shape, to: expected, shape: expectedShape,
        absolute: absolute, relative: relative, nanEqual: nanEqual, label,
        sourceLocation: sourceLocation)
}

/// `expectClose` for floats.
public func expectClose(
    _ actual: [Float], shape: [Int], to expected: [Float], shape expectedShape: [Int],
    absolute: Double, relative: Double, nanEqual: Bool = false, _ label: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose(
        actual.map(Double.init), shape: shape, to: expected.map(Double.init),
        shape: expectedShape, absolute: absolute, relative: relative, nanEqual: nanEqual, label,
        sourceLocation: sourceLocation)
}

/// By how much a pair of elements is too far apart: 0 if it is close, infinity if a NaN is at play.
private func excess(
    _ actual: Double, _ expected: Double, absolute: Double, relative: Double, nanEqual: Bool
) -> Double {
    if actual == expected { return 0 }
    if actual.isNaN && expected.isNaN { return nanEqual ? 0 : .infinity }
    guard actual.isFinite, expected.isFinite else { return .infinity }
    return max(0, abs(actual - expected) - (absolute + relative * abs(expected)))
}

/// The index along each axis of a row-major position.
private func indices(of position: Int, in shape: [Int]) -> [Int] {
    var rest = position
    var result = [Int](repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
        result[axis] = rest % shape[axis]
        rest /= shape[axis]
    }
    return result
}
