import CKernels
import TensorCore

extension KernelSite {
    /// The step of an operation that pools, resizes or draws random numbers.
    func samplingStep() -> any Step {
        switch node.op {
        case .maxPool2d(let p):
            return poolStep("maxPool2d", p, large: operands[0].shape, small: node.shape) {
                atl_max_pool2d($0, $1[0], $2, $3)
            }
        case .maxPool2dGather(let p):
            return poolStep("maxPool2dGather", p, large: operands[0].shape, small: node.shape) {
                atl_max_pool2d_gather($0, $1[0], $1[1], $2, $3)
            }
        case .maxPool2dScatter(let p):
            return poolStep("maxPool2dScatter", p, large: node.shape, small: operands[0].shape) {
                atl_max_pool2d_scatter($0, $1[0], $1[1], $2, $3)
            }
        case .averagePool2d(let p):
            return poolStep("averagePool2d", p, large: operands[0].shape, small: node.shape) {
                atl_average_pool2d($0, $1[0], $2, $3)
            }
        case .averagePool2dGradient(let p, _, _):
            return poolStep("averagePool2dGradient", p, large: node.shape, small: operands[0].shape)
            {
                atl_average_pool2d_gradient($0, $1[0], $2, $3)
            }
        case .resize2d(let mode, _, _):
            return resizeStep("resize2d", mode, from: operands[0].shape, to: node.shape) {
                atl_resize2d_forward($0, $1, $2, $3, $4)
            }
        case .resize2dGradient(let mode, _, _):
            return resizeStep("resize2dGradient", mode, from: node.shape, to: operands[0].shape) {
                atl_resize2d_gradient($0, $1, $2, $3, $4)
            }
        case .random(let distribution): return randomStep(distribution)
        default: preconditionFailure("[evaluate] \(node.op) does not sample")
        }
    }

    private func poolStep(
        _ kind: String, _ p: Pool2dParameters, large: [Int], small: [Int],
        _ kernel:
            @escaping (
                UnsafePointer<atl_pool2d>, [UnsafePointer<Float>], UnsafeMutablePointer<Float>,
                Int32
            ) -> Void
    ) -> any Step {
        let geometry = atl_pool2d(
            n: Int64(large[0]), height: Int64(large[1]), width: Int64(large[2]),
            channels: Int64(large[3]), out_height: Int64(small[1]), out_width: Int64(small[2]),
            kernel_height: Int64(p.kernelHeight), kernel_width: Int64(p.kernelWidth),
            stride_height: Int64(p.strideHeight), stride_width: Int64(p.strideWidth),
            padding_top: Int64(p.paddingTop), padding_left: Int64(p.paddingLeft))
        let (sources, target, threads) = (reads, write, Int32(threads))
        return step(kind) { memory in
            withUnsafePointer(to: geometry) { geometry in
                kernel(
                    geometry,
                    sources.map { UnsafePointer(memory[$0].assumingMemoryBound(to: Float.self)) },
                    memory[target].assumingMemoryBound(to: Float.self), threads)
            }
        }
    }

    private func resizeStep(
        _ kind: String, _ mode: ResizeMode, from: [Int], to: [Int],
        _ kernel:
            @escaping (
                UnsafePointer<atl_resize2d>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
                UnsafeMutableRawPointer, Int32
            ) -> Void
    ) -> any Step {
        let mode = mode == .nearest ? ATL_RESIZE_NEAREST : ATL_RESIZE_BILINEAR
        let geometry = atl_resize2d(
            n: Int64(from[0]), height: Int64(from[1]), width: Int64(from[2]),
            channels: Int64(from[3]), out_height: Int64(to[1]), out_width: Int64(to[2]),
            mode: Int32(mode.rawValue))
        let scratch = withUnsafePointer(to: geometry) { Int(atl_resize2d_scratch_bytes($0)) }
        let (source, target, threads) = (reads[0], write, Int32(threads))
        return step(kind, scratch: scratch) { memory in
            withUnsafePointer(to: geometry) { geometry in
                kernel(
                    geometry, memory[source].assumingMemoryBound(to: Float.self),
                    memory[target].assumingMemoryBound(to: Float.self), memory.scratch, threads)
            }
        }
    }

    private func randomStep(_ distribution: RandomDistribution) -> any Step {
        let count = Int64(node.elementCount)
        let (key, target, threads) = (reads[0], write, Int32(threads))
        return step("random") { memory in
            let key = memory[key].assumingMemoryBound(to: Int32.self)
            let result = memory[target]
            switch distribution {
            case .bits:
                atl_random_bits(key, 0, count, result.assumingMemoryBound(to: Int32.self), threads)
            case .uniform:
                atl_random_uniform(
                    key, 0, count, result.assumingMemoryBound(to: Float.self), threads)
            case .normal:
                atl_random_normal(
                    key, 0, count, result.assumingMemoryBound(to: Float.self), threads)
            case .permutation:
                atl_random_permutation(key, count, result.assumingMemoryBound(to: Int32.self))
            }
        }
    }
}
