import CKernels
import TensorCore

/// Numbers on [-1, 1), the same in every run.
func movementFloats(_ count: Int, _ stream: UInt64 = 0) -> [Float] {
    let key = RandomKey(seed: 7).folded(stream)
    return (0..<count).map { key.uniform(UInt64($0)) * 2 - 1 }
}

/// Few different numbers, so that ties are common; here and there NaN and infinities.
func movementTies(_ count: Int, _ stream: UInt64 = 0, special: Bool = false) -> [Float] {
    let key = RandomKey(seed: 8).folded(stream)
    return (0..<count).map { index in
        let draw = key.integer(UInt64(index), below: 100)
        guard special, draw < 6 else { return Float(draw % 5) - 2 }
        return draw < 3 ? .nan : draw < 5 ? -.infinity : .infinity
    }
}

/// Bit patterns: equality of NaNs and of zeros' signs included.
func movementBits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

/// The inner product in double precision.
func movementDot(_ a: [Float], _ b: [Float]) -> Double {
    precondition(a.count == b.count, "movementDot: \(a.count) numbers and \(b.count)")
    return zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// The largest difference from a reference, relative to `1 + |reference|`.
func movementError(_ a: [Float], _ reference: [Double]) -> Double {
    precondition(a.count == reference.count, "movementError: \(a.count), \(reference.count)")
    return zip(a, reference).reduce(0) { Swift.max($0, abs(Double($1.0) - $1.1) / (1 + abs($1.1))) }
}

/// Row-major strides.
func movementStrides(_ sizes: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in stride(from: sizes.count - 2, through: 0, by: -1) {
        strides[axis] = strides[axis + 1] * sizes[axis + 1]
    }
    return strides
}

/// Whether the kernels' result for 2 and 3 threads has the bits of that for 1; returns the latter.
func movementSameBits(
    count: Int, _ body: (UnsafeMutablePointer<Float>, Int32) -> Void
) -> (result: [Float], same: Bool) {
    let results = [1, 2, 3].map { threads in
        var result = [Float](repeating: .nan, count: count)
        result.withUnsafeMutableBufferPointer { buffer in
            if let base = buffer.baseAddress { body(base, Int32(threads)) }
        }
        return result
    }
    let bits = results.map(movementBits)
    return (results[0], bits[1] == bits[0] && bits[2] == bits[0])
}
