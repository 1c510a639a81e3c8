import Foundation
import OneDNNBackend
import TensorCore
import TestSupport
import Testing

@Suite struct FusionTests {
    /// How many random graphs are tried: more with `ATELIER_SEEDS=5000`.
    static let seedCount =
        ProcessInfo.processInfo.environment["ATELIER_SEEDS"].flatMap { Int($0) } ?? 200

    @Test(arguments: 0..<seedCount) func randomGraphsMatch(_ seed: Int) {
        let example = RandomGraph(seed: UInt64(seed))
        var tolerance = Tolerance(absolute: 5e-5, relative: 1e-5)
        for node in example.graph.nodes {
            switch node.op {
            case .matmul, .conv2d: tolerance.threadsMayShow = true
            // This turns a last bit into 2^-9 of the value.
            case .cast(.bfloat16): tolerance.absolute = 2e-2
            default: break
            }
        }
        compare(example.graph, example.inputs, tolerance, "seed \(seed)")
    }

    /// Large enough for many tiles and for work to be split between threads.
    @Test(arguments: 0..<12) func largeChainsMatch(_ seed: Int) {
        var random = TestRandom(seed: UInt64(seed) + 500)
        let shape = random.choice([[64, 31, 33], [3, 100_003], [200_001], [16, 16, 16, 37]])
        var sketch = GraphSketch()
        let x = sketch.input(shape)
        let y = sketch.input(shape)
        let row = sketch.input(shape.indices.map { $0 == shape.count - 1 ? shape[$0] : 1 })
        let rows = sketch.node(.broadcast, [row], shape)
        let a = sketch.node(.binary(.multiply), [x, rows], shape)
        let b = sketch.node(.unary(.tanh), [sketch.node(.binary(.add), [a, y], shape)], shape)
        let axes = random.choice([Array(shape.indices), [0], [shape.count - 1]])
        let reducedShape = shape.indices.map { axes.contains($0) ? 1 : shape[$0] }
        let sum = sketch.node(.reduce(.sum, axes: axes), [b], reducedShape)
        let top = sketch.node(.reduce(.max, axes: axes), [b], reducedShape)
        let spread = sketch.node(
            .binary(.subtract), [b, sketch.node(.broadcast, [top], shape)], shape)
        let count = Double(axes.reduce(1) { $0 * shape[$1] })
        compare(
            sketch.build(outputs: [b, sum, top, spread]),
            [random.values(shape).values, random.values(shape).values]
                + [random.values(sketch.graph.nodes[row].shape).values],
            Tolerance(absolute: 2e-6 * max(2, count.squareRoot()), relative: 4e-6), "seed \(seed)")
    }

    /// What fusion is for: one pass where there could be many.
    @Test func aChainIsOnePass() {
        var sketch = GraphSketch()
        let x = sketch.input([64, 1000])
        var y = x
        for _ in 0..<6 { y = sketch.node(.unary(.tanh), [y], [64, 1000]) }
        let sum = sketch.node(.reduce(.sum, axes: [0, 1]), [y], [1, 1])
        let graph = sketch.build(outputs: [y, sum])
        let fused = Backends.twoThreads.plan(graph).summary
        let unfused = Backends.unfused.plan(graph).summary
        #expect(fused.stepCounts.values.reduce(0, +) == 1)
        #expect(unfused.stepCounts.values.reduce(0, +) >= 7)
        #expect(fused.arenaByteCount == 0)
    }

    @Test func inputsAndConstantsMayBeOutputs() {
        var sketch = GraphSketch()
        let x = sketch.input([2, 3])
        let flat = sketch.node(.reshape, [x], [6])
        let seven = sketch.node(.full(7), [], [2, 2])
        let index = sketch.node(.iota(axis: 0), [], [3, 2], .int32)
        let stopped = sketch.node(.stopGradient, [x], [2, 3])
        compare(
            sketch.build(outputs: [x, flat, seven, index, stopped]), [[1, 2, 3, 4, 5, 6]], .exact,
            "trivial outputs")
    }

    /// Resuming a run bit for bit needs the same plan in every process. Swift's sets and
    /// dictionaries have another order in each: none of that may reach a plan.
    @Test func plansAreTheSameInEveryProcess() async {
        var outputs: Set<String> = []
        for _ in 0..<3 {
            let result = await #expect(
                processExitsWith: .success, observing: [\.standardOutputContent]
            ) {
                for seed in 0..<60 {
                    let example = RandomGraph(seed: UInt64(seed))
                    let plan = Backends.twoThreads.plan(example.graph)
                    print(plan.stepLabels, plan.summary.arenaByteCount)
                    for bytes in run(plan, example.graph, example.inputs) { print(bytes) }
                }
            }
            outputs.insert(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self))
        }
        #expect(outputs.count == 1)
        #expect((outputs.first?.count ?? 0) > 10_000)
    }

    /// An index from outside must not read what is not there.
    @Test func aRowThatIsNotThereStopsTheProgram() async {
        for row: Int32 in [4, -1, .max] {
            let result = await #expect(
                processExitsWith: .failure, observing: [\.standardErrorContent]
            ) { [row = row as Int32] in
                Backends.installed
                _ = Tensor.zeros([4, 2]).gathered(Tensor(int32: [0, row], shape: [2])).floats()
            }
            let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
            #expect(text.contains("[gather] expected indices in 0..<4, got \(row)"), "\(text)")
        }
    }
}
