/// Arithmetic on long vectors of 32-bit floats, eight at a time; sums of blocks are added up in
/// 64 bits, so that a dot product of a million terms keeps its last digits.
enum FloatVectors {
    private static let lanes = 8
    /// Terms that are summed in 32 bits before they join the 64-bit sum.
    private static let block = 512

    /// The sum of products.
    static func dot(_ a: [Float], _ b: [Float]) -> Double {
        precondition(a.count == b.count, "[dot] expected equal lengths, got \(a.count), \(b.count)")
        return a.withUnsafeBytes { a in
            b.withUnsafeBytes { b in
                var total = 0.0
                var start = 0
                let count = a.count / MemoryLayout<Float>.stride
                while start + block <= count {
                    var sum = SIMD8<Float>(repeating: 0)
                    for i in stride(from: start * 4, to: (start + block) * 4, by: lanes * 4) {
                        sum.addProduct(
                            a.loadUnaligned(fromByteOffset: i, as: SIMD8<Float>.self),
                            b.loadUnaligned(fromByteOffset: i, as: SIMD8<Float>.self))
                    }
                    for lane in 0..<lanes { total += Double(sum[lane]) }
                    start += block
                }
                for i in start..<count {
                    let x = a.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
                    let y = b.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
                    total += Double(x) * Double(y)
                }
                return total
            }
        }
    }

    /// Adds `scale * b` to `a`.
    static func add(_ b: [Float], times scale: Float, to a: inout [Float]) {
        precondition(a.count == b.count, "[add] expected equal lengths, got \(a.count), \(b.count)")
        a.withUnsafeMutableBufferPointer { a in
            b.withUnsafeBufferPointer { b in
                for i in 0..<a.count { a[i] += scale * b[i] }
            }
        }
    }

    /// `a + scale * b`.
    static func sum(_ a: [Float], _ b: [Float], times scale: Float) -> [Float] {
        var result = a
        add(b, times: scale, to: &result)
        return result
    }

    /// `scale * a`.
    static func scaled(_ a: [Float], by scale: Float) -> [Float] {
        [Float](unsafeUninitializedCapacity: a.count) { target, count in
            for i in 0..<a.count { target[i] = scale * a[i] }
            count = a.count
        }
    }

    /// The largest absolute value; NaN if any is NaN.
    static func largest(_ a: [Float]) -> Float {
        var largest: Float = 0
        for value in a {
            if value.isNaN { return .nan }
            largest = max(largest, abs(value))
        }
        return largest
    }

    /// The sum of absolute values.
    static func absoluteSum(_ a: [Float]) -> Double {
        a.withUnsafeBufferPointer { $0.reduce(0) { $0 + Double(abs($1)) } }
    }
}
