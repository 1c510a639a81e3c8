import CDNNL

/// A failure of the shim.
struct ShimError: Error, CustomStringConvertible {
    var code: atl_dnnl_code
    var description: String

    init(_ error: atl_dnnl_error) {
        code = error.code
        description = withUnsafeBytes(of: error.message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// Runs a function of the shim and throws what it reports.
func check(_ body: (inout atl_dnnl_error) -> atl_dnnl_code) throws {
    var error = atl_dnnl_error()
    guard body(&error) == ATL_DNNL_OK else { throw ShimError(error) }
}

/// An engine for the tests of one thread.
final class Context {
    let handle: OpaquePointer

    init(threads: Int = 2) throws {
        atl_dnnl_set_threads(Int32(threads))
        var made: OpaquePointer?
        try check { atl_dnnl_context_create(&made, &$0) }
        guard let made else { fatalError("no context and no error") }
        handle = made
    }

    deinit { atl_dnnl_context_destroy(handle) }
}

/// Bytes aligned to a cache line.
func withAlignedBytes<R>(_ count: Int, _ body: (UnsafeMutableRawPointer) throws -> R) rethrows -> R
{
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: max(count, 64), alignment: 64)
    // What a run must not rely on.
    bytes.initializeMemory(as: UInt8.self, repeating: 0xff, count: max(count, 64))
    defer { bytes.deallocate() }
    return try body(bytes)
}

/// A convolution of the shim with plain arrays at its door.
final class Convolution {
    let handle: OpaquePointer
    let context: Context
    let kind: atl_dnnl_convolution_kind
    let geometry: atl_dnnl_geometry

    init(
        _ context: Context, _ kind: atl_dnnl_convolution_kind, _ geometry: atl_dnnl_geometry,
        precision: atl_dnnl_precision = ATL_DNNL_FLOAT32, postOps: atl_dnnl_post_ops = .init(),
        algorithm: atl_dnnl_algorithm = ATL_DNNL_AUTOMATIC
    ) throws {
        self.context = context
        self.kind = kind
        self.geometry = geometry
        var geometry = geometry
        var postOps = postOps
        var made: OpaquePointer?
        try check {
            atl_dnnl_convolution_create(
                context.handle, kind, &geometry, precision, &postOps, algorithm, &made, &$0)
        }
        guard let made else { fatalError("no convolution and no error") }
        handle = made
    }

    deinit { atl_dnnl_convolution_destroy(handle) }

    var description: String { String(cString: atl_dnnl_convolution_description(handle)) }

    /// The result; the operand that the kind writes is ignored.
    func callAsFunction(
        source: [Float] = [], weights: [Float] = [], destination: [Float] = [], bias: [Float] = []
    ) throws -> [Float] {
        var source = source
        var weights = weights
        var destination = destination
        if kind == ATL_DNNL_DATA_GRADIENT {
            source = .init(repeating: .nan, count: geometry.sourceCount)
        }
        if kind == ATL_DNNL_WEIGHT_GRADIENT {
            weights = .init(repeating: .nan, count: geometry.weightCount)
        }
        if kind == ATL_DNNL_FORWARD {
            destination = .init(repeating: .nan, count: geometry.destinationCount)
        }
        let packedBytes = atl_dnnl_convolution_packed_weight_bytes(handle)
        let scratchpadBytes = atl_dnnl_convolution_scratchpad_bytes(handle)
        try withAlignedBytes(packedBytes) { packed in
            try withAlignedBytes(scratchpadBytes) { scratchpad in
                if kind != ATL_DNNL_WEIGHT_GRADIENT {
                    try check { atl_dnnl_convolution_pack_weights(handle, weights, packed, &$0) }
                }
                try source.withUnsafeMutableBytes { source in
                    try destination.withUnsafeMutableBytes { destination in
                        try bias.withUnsafeBytes { bias in
                            var tensors = atl_dnnl_convolution_tensors(
                                source: source.baseAddress, weights: packed, bias: bias.baseAddress,
                                destination: destination.baseAddress, scratchpad: scratchpad)
                            try check { atl_dnnl_convolution_run(handle, &tensors, &$0) }
                        }
                    }
                }
                if kind == ATL_DNNL_WEIGHT_GRADIENT {
                    try check { atl_dnnl_convolution_unpack_weights(handle, packed, &weights, &$0) }
                }
            }
        }
        switch kind {
        case ATL_DNNL_FORWARD: return destination
        case ATL_DNNL_DATA_GRADIENT: return source
        default: return weights
        }
    }
}

extension atl_dnnl_geometry {
    /// A geometry whose output size follows from the rest.
    init(
        n: Int = 2, h: Int, w: Int, c: Int, o: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
        padding: (top: Int, bottom: Int, left: Int, right: Int) = (0, 0, 0, 0),
        dilation: (Int, Int) = (1, 1), groups: Int = 1
    ) {
        func output(_ size: Int, _ pads: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int
        {
            (size + pads - dilation * (kernel - 1) - 1) / stride + 1
        }
        let oh = output(h, padding.top + padding.bottom, kernel.0, stride.0, dilation.0)
        let ow = output(w, padding.left + padding.right, kernel.1, stride.1, dilation.1)
        self.init(
            n: Int64(n), h: Int64(h), w: Int64(w), c: Int64(c), oh: Int64(oh), ow: Int64(ow),
            o: Int64(o), kh: Int64(kernel.0), kw: Int64(kernel.1), stride_h: Int64(stride.0),
            stride_w: Int64(stride.1), pad_top: Int64(padding.top),
            pad_bottom: Int64(padding.bottom), pad_left: Int64(padding.left),
            pad_right: Int64(padding.right), dilation_h: Int64(dilation.0),
            dilation_w: Int64(dilation.1), groups: Int64(groups))
    }

    var sourceCount: Int { Int(n * h * w * c) }
    var destinationCount: Int { Int(n * oh * ow * o) }
    var weightCount: Int { Int(o * kh * kw * (c / groups)) }
    var isPossible: Bool { oh > 0 && ow > 0 }

    var text: String {
        "n\(n) \(h)x\(w)x\(c) -> \(oh)x\(ow)x\(o) k\(kh)x\(kw) s\(stride_h)x\(stride_w) "
            + "p\(pad_top),\(pad_bottom),\(pad_left),\(pad_right) d\(dilation_h)x\(dilation_w) g\(groups)"
    }
}
