import CDNNL

extension OneDNNBackend {
    /// How long a product of a plan takes without the rest of the plan.
    public struct ProductTiming: Sendable {
        /// The numbers of its steps in the plan; equal products are measured once.
        public var steps: [Int]
        /// Kind, shapes and algorithm.
        public var label: String
        /// Multiplications and additions of the plain sum, once.
        public var operationCount: Double
        /// As the plan has it, once.
        public var seconds: Double
        /// The fastest algorithm at hand for the same product, where it is not the plan's.
        public var fastest: (label: String, seconds: Double)?

        /// The shorter of the two times.
        public var bestSeconds: Double { min(seconds, fastest?.seconds ?? .infinity) }
    }

    /// Measures every convolution and matrix product of a plan alone, in the plan's own layouts: again
    /// and again on the same memory, the median. Convolutions are measured with every other algorithm,
    /// too.
    ///
    /// - Parameters:
    ///   - plan: A plan of this backend.
    ///   - seconds: About how long each product is measured with each algorithm.
    public func timeProducts(of plan: ExecutionPlan, seconds: Double = 0.1) -> [ProductTiming] {
        executor.run {
            var timings: [ProductTiming] = []
            var places: [String: Int] = [:]
            for (index, step) in plan.steps.enumerated() {
                guard let kernel = step as? KernelStep, let product = kernel.product else {
                    continue
                }
                if let place = places[step.label] {
                    timings[place].steps.append(index)
                    continue
                }
                places[step.label] = timings.count
                timings.append(
                    ProductTiming(
                        steps: [index], label: step.label,
                        operationCount: product.operationCount,
                        seconds: plan.timeAlone(step, within: seconds),
                        fastest: fastest(product, within: seconds)))
            }
            // An algorithm that is as fast as the plan's, but for noise, is not a better one.
            for index in timings.indices {
                if let other = timings[index].fastest,
                    other.seconds > 0.97 * timings[index].seconds
                        || timings[index].label.hasSuffix(other.label)
                {
                    timings[index].fastest = nil
                }
            }
            return timings
        }
    }

    /// The fastest of all algorithms for a convolution.
    private func fastest(_ product: BareProduct, within seconds: Double) -> (
        label: String, seconds: Double
    )? {
        guard case .convolution(let recipe) = product else { return nil }
        var best: (label: String, seconds: Double)?
        // The shim refuses numbers that name no algorithm.
        for number in 1...15 {
            guard let primitive = ConvolutionTrial(recipe, algorithm: number, context) else {
                continue
            }
            let time = medianSeconds(within: seconds) { primitive.run() }
            if time < best?.seconds ?? .infinity { best = (primitive.description, time) }
        }
        return best
    }
}

/// A convolution with a given algorithm, on memory of its own.
private final class ConvolutionTrial {
    private let pointer: OpaquePointer
    private let memory: [MeasuringMemory]

    init?(_ recipe: ConvolutionRecipe, algorithm: Int, _ context: OneDNNContext) {
        var made: OpaquePointer?
        var geometry = recipe.geometry
        let code = atl_dnnl_convolution_create(
            context.pointer, recipe.kind, &geometry, recipe.precision, nil,
            atl_dnnl_algorithm(rawValue: UInt32(algorithm)), &made, nil)
        guard code == ATL_DNNL_OK, let made else { return nil }
        pointer = made
        memory = [
            4 * recipe.sourceCount, atl_dnnl_convolution_packed_weight_bytes(made),
            4 * recipe.destinationCount, atl_dnnl_convolution_scratchpad_bytes(made),
        ].map(MeasuringMemory.init)
    }

    deinit { atl_dnnl_convolution_destroy(pointer) }

    var description: String { String(cString: atl_dnnl_convolution_description(pointer)) }

    func run() {
        var tensors = atl_dnnl_convolution_tensors()
        tensors.source = memory[0].pointer
        tensors.weights = memory[1].pointer
        tensors.destination = memory[2].pointer
        tensors.scratchpad = memory[3].pointer
        var error = atl_dnnl_error()
        check(
            atl_dnnl_convolution_run(pointer, &tensors, &error), error, "measuring \(description)")
    }
}

extension ExecutionPlan {
    /// The median time of a step on memory of its own.
    fileprivate func timeAlone(_ step: any Step, within seconds: Double) -> Double {
        let touched = Set(step.reads + step.writes)
        let pieces = touched.map { MeasuringMemory(byteCount: storages[$0.index].byteCount) }
        let scratch = MeasuringMemory(byteCount: step.scratchByteCount)
        let pointers = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(
            capacity: max(storages.count, 1))
        defer { pointers.deallocate() }
        pointers.initialize(repeating: scratch.pointer, count: max(storages.count, 1))
        for (storage, piece) in zip(touched, pieces) { pointers[storage.index] = piece.pointer }
        let execution = ExecutionMemory(pointers: pointers, scratch: scratch.pointer)
        return withExtendedLifetime((pieces, scratch)) {
            medianSeconds(within: seconds) { step.run(execution) }
        }
    }
}

/// The median time of a piece of work, done once before, then 3 to 101 times.
private func medianSeconds(within seconds: Double, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    body()
    var times: [Double] = []
    var total = 0.0
    repeat {
        let elapsed = clock.measure(body).components
        times.append(Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18)
        total += times[times.count - 1]
    } while times.count < 3 || (total < seconds && times.count < 101)
    return times.sorted()[times.count / 2]
}
