import CDNNL

/// The CPU engine of oneDNN, for as long as anything needs it.
final class OneDNNContext: @unchecked Sendable {
    let pointer: OpaquePointer

    init() {
        var context: OpaquePointer?
        var error = atl_dnnl_error()
        let code = atl_dnnl_context_create(&context, &error)
        guard code == ATL_DNNL_OK, let context else {
            preconditionFailure("[OneDNNBackend] oneDNN did not start: \(error.text)")
        }
        pointer = context
    }

    deinit { atl_dnnl_context_destroy(pointer) }
}

extension atl_dnnl_error {
    /// The reason as text.
    var text: String {
        withUnsafeBytes(of: message) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// A convolution primitive.
final class ConvolutionPrimitive {
    let pointer: OpaquePointer
    /// What it was made from.
    let recipe: ConvolutionRecipe
    private let context: OneDNNContext

    init(
        _ context: OneDNNContext, _ kind: atl_dnnl_convolution_kind, _ geometry: atl_dnnl_geometry,
        _ precision: atl_dnnl_precision, _ epilogue: Epilogue, label: String
    ) {
        self.context = context
        var made: OpaquePointer?
        var error = atl_dnnl_error()
        var geometry = geometry
        var postOps = epilogue.postOps
        let code = atl_dnnl_convolution_create(
            context.pointer, kind, &geometry, precision, &postOps, ATL_DNNL_AUTOMATIC, &made, &error
        )
        guard code == ATL_DNNL_OK, let made else {
            preconditionFailure("[evaluate] oneDNN refused \(label): \(error.text)")
        }
        pointer = made
        recipe = ConvolutionRecipe(kind: kind, geometry: geometry, precision: precision)
    }

    deinit { atl_dnnl_convolution_destroy(pointer) }

    var packedWeightByteCount: Int { atl_dnnl_convolution_packed_weight_bytes(pointer) }
    var scratchByteCount: Int { atl_dnnl_convolution_scratchpad_bytes(pointer) }
    var packingIsIdentity: Bool { atl_dnnl_convolution_packing_is_identity(pointer) }
    var packingKey: String { String(cString: atl_dnnl_convolution_packing_key(pointer)) }
    var description: String { String(cString: atl_dnnl_convolution_description(pointer)) }
}

/// A matrix product primitive.
final class MatmulPrimitive {
    let pointer: OpaquePointer
    private let context: OneDNNContext

    init(
        _ context: OneDNNContext, _ shape: atl_dnnl_matmul_shape, _ precision: atl_dnnl_precision,
        _ epilogue: Epilogue, label: String
    ) {
        self.context = context
        var made: OpaquePointer?
        var error = atl_dnnl_error()
        var shape = shape
        var postOps = epilogue.postOps
        let code = atl_dnnl_matmul_create(
            context.pointer, &shape, precision, &postOps, &made, &error)
        guard code == ATL_DNNL_OK, let made else {
            preconditionFailure("[evaluate] oneDNN refused \(label): \(error.text)")
        }
        pointer = made
    }

    deinit { atl_dnnl_matmul_destroy(pointer) }

    var scratchByteCount: Int { atl_dnnl_matmul_scratchpad_bytes(pointer) }
    var description: String { String(cString: atl_dnnl_matmul_description(pointer)) }
}

/// Traps with oneDNN's reason when a run failed.
func check(_ code: atl_dnnl_code, _ error: atl_dnnl_error, _ label: String) {
    precondition(code == ATL_DNNL_OK, "[evaluate] \(label) failed: \(error.text)")
}
