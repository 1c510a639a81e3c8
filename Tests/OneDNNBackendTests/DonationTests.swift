import OneDNNBackend
import TensorCore
import TestSupport
import Testing

@Suite struct DonationTests {
    init() {
        Backends.installed
        data = Tensor.normal([16, 24], key: RandomKey(seed: 3)) * 0.1
        evaluate(data)
    }

    /// Weights, moments and gradients, as in a training step: `v' = v / 2 + x^T (x w)`, `w' = w - v' / 8`.
    private struct Pair {
        var weight: Tensor
        var moment: Tensor

        init() {
            weight = Tensor.normal([24, 40], key: RandomKey(seed: 1))
            moment = Tensor.normal([24, 40], key: RandomKey(seed: 2))
            evaluate(weight, moment)
        }

        mutating func step(_ data: Tensor) {
            let slope = matmul(data.transposed([1, 0]), matmul(data, weight))
            moment = moment * 0.5 + slope
            weight = weight - moment * 0.125
        }

        var tensors: [Tensor] { [weight, moment] }
        var bytes: [[UInt8]] { tensors.map { $0.bytes() } }
    }

    private let data: Tensor

    /// Where a tensor's elements are.
    private func address(_ tensor: Tensor) -> UnsafeMutableRawPointer? {
        (tensor.node.buffer as? HostBuffer)?.pointer
    }

    private func run(_ pair: inout Pair, donating: Bool) {
        let old = pair.tensors
        pair.step(data)
        if donating {
            evaluate(pair.tensors, donating: consume old)
        } else {
            evaluate(pair.tensors)
        }
    }

    @Test func theBitsAreTheSameAndTheMemoryStays() {
        var (plain, given) = (Pair(), Pair())
        // Which of the two places a tensor lies in does not matter.
        let places = Set(given.tensors.map(address))
        for _ in 0..<4 {
            run(&plain, donating: false)
            run(&given, donating: true)
            #expect(given.bytes == plain.bytes)
            #expect(Set(given.tensors.map(address)) == places)
        }
    }

    /// A snapshot, a value that is not computed yet, and the caller's own variable keep what they had.
    @Test func whatSomebodyHoldsIsNotWrittenOver() {
        var pair = Pair()
        let snapshot = pair
        let lazy = pair.moment + 1
        let (weight, moment) = (pair.weight.floats(), pair.moment.floats())
        run(&pair, donating: true)
        #expect(snapshot.weight.floats() == weight)
        #expect(snapshot.moment.floats() == moment)
        #expect(lazy.floats() == moment.map { $0 + 1 })
        var expected = Pair()
        run(&expected, donating: false)
        #expect(pair.bytes == expected.bytes)
    }

    /// One buffer under two tensors: neither may be written over while the other is read.
    @Test func aBufferThatIsGivenTwiceIsKept() {
        let values = (0..<4096).map { Float($0) }
        func results(_ donating: Bool) -> [[Float]] {
            let buffer = Tensor(values, shape: [4096])
            evaluate(buffer)
            var pair = [buffer.reshaped([64, 64]), buffer.reshaped([64, 64])]
            evaluate(pair)
            let old = pair
            pair = [
                matmul(pair[1], pair[0].transposed([1, 0])) * 1e-3 + pair[0],
                matmul(pair[0], pair[1].transposed([1, 0])) * 1e-3 - pair[1],
            ]
            if donating {
                evaluate(pair, donating: consume old)
            } else {
                evaluate(pair)
            }
            return pair.map { $0.floats() }
        }
        #expect(results(true) == results(false))
    }

    /// An input that is still read after the pass that could write over it, and cannot be read before.
    @Test func whatIsReadLaterIsKept() {
        func results(_ donating: Bool) -> [Float] {
            let old = [Tensor.normal([32, 32], key: RandomKey(seed: 9))]
            evaluate(old)
            let next = old[0] * 2 + 1
            let later = matmul(old[0], matmul(next, next))
            if donating {
                evaluate([next, later], donating: consume old)
            } else {
                evaluate([next, later])
            }
            return next.floats() + later.floats()
        }
        #expect(results(true) == results(false))
    }

    /// Any graph may have any of its inputs given up.
    @Test(arguments: 0..<60) func randomGraphsWithDonatedInputsMatch(_ seed: Int) {
        let example = RandomGraph(seed: UInt64(seed))
        var graph = example.graph
        graph.donatedInputs = Array(graph.inputs.indices)
        let expected = TestedRun.bytes(
            Backends.twoThreads.plan(example.graph), example, overwriting: false)
        let plan = Backends.twoThreads.plan(graph)
        #expect(TestedRun.bytes(plan, example, overwriting: true) == expected, "seed \(seed)")
        #expect(TestedRun.bytes(plan, example, overwriting: false) == expected, "seed \(seed)")
    }
}

/// Runs plans on the inputs of a random graph.
private enum TestedRun {
    static func bytes(_ plan: ExecutionPlan, _ example: RandomGraph, overwriting: Bool) -> [[UInt8]]
    {
        let inputs = zip(example.inputs, example.graph.inputs).map { values, index in
            ElementCoding.encode(values, as: example.graph.nodes[index].dtype).withUnsafeBytes {
                HostBuffer(copying: $0)
            }
        }
        let before = inputs.map(bytes)
        let free = [Bool](repeating: overwriting, count: inputs.count)
        let result = plan.execute(inputs, overwriting: free).map(bytes)
        if !overwriting { #expect(inputs.map(bytes) == before) }
        return result
    }

    private static func bytes(_ buffer: any Buffer) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
        bytes.withUnsafeMutableBytes { buffer.copyBytes(to: $0) }
        return bytes
    }
}
