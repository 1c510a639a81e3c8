import CDNNL
import TensorCore

extension ComputePrecision {
    var kernelPrecision: atl_dnnl_precision {
        self == .bfloat16 ? ATL_DNNL_BFLOAT16 : ATL_DNNL_FLOAT32
    }
}

extension KernelSite {
    /// The step of a matrix product.
    func matmulStep(_ context: OneDNNContext) -> any Step {
        guard case .matmul(let transposeA, let transposeB, let precision) = node.op else {
            preconditionFailure("[evaluate] \(node.op) is not a matrix product")
        }
        let rank = node.shape.count
        let shape = atl_dnnl_matmul_shape(
            batch: Int64(node.shape.dropLast(2).reduce(1, *)), m: Int64(node.shape[rank - 2]),
            n: Int64(node.shape[rank - 1]),
            k: Int64(operands[0].shape[transposeA ? rank - 2 : rank - 1]), transpose_a: transposeA,
            transpose_b: transposeB)
        let label = "matmul \(operands.map(\.shape)) -> \(node.shape)"
        let primitive = MatmulPrimitive(
            context, shape, precision.kernelPrecision, epilogue, label: label)
        let (a, b, target) = (reads[0], reads[1], write)
        let bias = epilogue.hasBias ? reads[2] : nil
        return KernelStep(
            kind: "matmul", label: label + " " + primitive.description, reads: reads,
            writes: [write],
            scratch: primitive.scratchByteCount, product: .matmul(shape)
        ) { memory in
            var error = atl_dnnl_error()
            let code = atl_dnnl_matmul_run(
                primitive.pointer, memory[a].assumingMemoryBound(to: Float.self),
                memory[b].assumingMemoryBound(to: Float.self),
                bias.map { UnsafePointer(memory[$0].assumingMemoryBound(to: Float.self)) },
                memory[target].assumingMemoryBound(to: Float.self), memory.scratch, &error)
            check(code, error, label)
        }
    }

    /// The primitive of one of the three convolutions.
    func convolutionPrimitive(_ context: OneDNNContext) -> ConvolutionPrimitive {
        let (kind, p, source, destination, weight):
            (
                atl_dnnl_convolution_kind, Convolution2dParameters, [Int], [Int], [Int]
            ) =
                switch node.op {
                case .conv2d(let p):
                    (ATL_DNNL_FORWARD, p, operands[0].shape, node.shape, operands[1].shape)
                case .conv2dInputGradient(let p, _, _):
                    (ATL_DNNL_DATA_GRADIENT, p, node.shape, operands[0].shape, operands[1].shape)
                case .conv2dWeightGradient(let p, _, _):
                    (ATL_DNNL_WEIGHT_GRADIENT, p, operands[0].shape, operands[1].shape, node.shape)
                default: preconditionFailure("[evaluate] \(node.op) is not a convolution")
                }
        let geometry = atl_dnnl_geometry(
            n: Int64(source[0]), h: Int64(source[1]), w: Int64(source[2]), c: Int64(source[3]),
            oh: Int64(destination[1]), ow: Int64(destination[2]), o: Int64(destination[3]),
            kh: Int64(weight[1]), kw: Int64(weight[2]), stride_h: Int64(p.strideHeight),
            stride_w: Int64(p.strideWidth), pad_top: Int64(p.paddingTop),
            pad_bottom: Int64(p.paddingBottom), pad_left: Int64(p.paddingLeft),
            pad_right: Int64(p.paddingRight), dilation_h: Int64(p.dilationHeight),
            dilation_w: Int64(p.dilationWidth), groups: Int64(p.groups))
        return ConvolutionPrimitive(
            context, kind, geometry, p.precision.kernelPrecision, epilogue,
            label: "\(kindName) \(operands.map(\.shape)) -> \(node.shape)")
    }

    private var kindName: String {
        switch node.op {
        case .conv2d: "conv2d"
        case .conv2dInputGradient: "conv2dInputGradient"
        default: "conv2dWeightGradient"
        }
    }

    /// The step that packs weights for a primitive.
    static func packStep(
        _ primitive: ConvolutionPrimitive, from plain: StorageID, to packed: StorageID
    ) -> any Step {
        KernelStep(
            kind: "pack", label: "pack \(primitive.packingKey)", reads: [plain], writes: [packed]
        ) { memory in
            var error = atl_dnnl_error()
            let code = atl_dnnl_convolution_pack_weights(
                primitive.pointer, memory[plain].assumingMemoryBound(to: Float.self),
                memory[packed],
                &error)
            check(code, error, "packing weights")
        }
    }

    /// The step of a convolution or its input gradient, on packed weights.
    func convolutionStep(_ primitive: ConvolutionPrimitive, weights: StorageID) -> any Step {
        var isForward = false
        if case .conv2d = node.op { isForward = true }
        let (data, target) = (reads[0], write)
        let bias = epilogue.hasBias ? reads[2] : nil
        let label = "\(kindName) \(operands.map(\.shape)) -> \(node.shape) \(primitive.description)"
        return KernelStep(
            kind: kindName, label: label, reads: [data, weights] + (bias.map { [$0] } ?? []),
            writes: [target],
            scratch: primitive.scratchByteCount, product: .convolution(primitive.recipe)
        ) { memory in
            var tensors = atl_dnnl_convolution_tensors()
            tensors.source = isForward ? memory[data] : memory[target]
            tensors.destination = isForward ? memory[target] : memory[data]
            tensors.weights = memory[weights]
            if let bias { tensors.bias = UnsafeRawPointer(memory[bias]) }
            tensors.scratchpad = memory.scratch
            var error = atl_dnnl_error()
            check(
                atl_dnnl_convolution_run(primitive.pointer, &tensors, &error), error, label)
        }
    }

    /// The steps of a weight gradient: the product, and the unpacking of its result.
    func weightGradientSteps(_ primitive: ConvolutionPrimitive, packed: StorageID?) -> [any Step] {
        let (source, destination, result) = (reads[0], reads[1], packed ?? write)
        let label = "\(kindName) \(operands.map(\.shape)) -> \(node.shape) \(primitive.description)"
        var steps: [any Step] = [
            KernelStep(
                kind: kindName, label: label, reads: [source, destination], writes: [result],
                scratch: primitive.scratchByteCount, product: .convolution(primitive.recipe)
            ) { memory in
                var tensors = atl_dnnl_convolution_tensors()
                tensors.source = memory[source]
                tensors.destination = memory[destination]
                tensors.weights = memory[result]
                tensors.scratchpad = memory.scratch
                var error = atl_dnnl_error()
                check(
                    atl_dnnl_convolution_run(primitive.pointer, &tensors, &error), error, label)
            }
        ]
        if let packed {
            let plain = write
            steps.append(
                KernelStep(
                    kind: "unpack", label: "unpack \(node.shape)", reads: [packed], writes: [plain]
                ) { memory in
                    var error = atl_dnnl_error()
                    let code = atl_dnnl_convolution_unpack_weights(
                        primitive.pointer, memory[packed],
                        memory[plain].assumingMemoryBound(to: Float.self), &error)
                    check(code, error, "unpacking a weight gradient")
                })
        }
        return steps
    }
}
