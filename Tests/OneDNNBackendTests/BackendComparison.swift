import Foundation
import OneDNNBackend
import TensorCore
import TestSupport
import Testing

/// The backends under test. Kept: each has a thread and an arena of its own.
enum Backends {
    static let oneThread = OneDNNBackend(threads: 1)
    static let twoThreads = OneDNNBackend(threads: 2)
    static let unfused = OneDNNBackend(threads: 2, fusion: false)
    /// The backend of tensors in this process.
    static let installed: Void = Runtime.install(twoThreads)
}

/// How close a kernel has to be to its twin.
struct Tolerance {
    var absolute = 1e-6
    var relative = 2e-6
    /// Added to `absolute`, in units of the expected elements' root mean square.
    var ofScale = 0.0
    /// Whether the numbers of threads may show in the last bits, as in products.
    var threadsMayShow = false

    static let exact = Tolerance(absolute: 0, relative: 0)
    static let elementwise = Tolerance()
    static let product = Tolerance(absolute: 2e-5, relative: 2e-5, threadsMayShow: true)
    /// The errors of Winograd's algorithm at an element are in proportion to all of its tile.
    static let convolution = Tolerance(
        absolute: 2e-5, relative: 2e-5, ofScale: 1e-5, threadsMayShow: true)
    /// Operands were rounded to bfloat16.
    static let bfloat16 = Tolerance(absolute: 8e-2, relative: 2e-2, threadsMayShow: true)
}

/// Runs a graph on the CPU: the elements of its outputs.
func run(
    _ graph: Graph, _ inputs: [[Double]], on backend: OneDNNBackend
) -> [[UInt8]] {
    run(backend.compile(graph), graph, inputs)
}

func run(_ plan: any Executable, _ graph: Graph, _ inputs: [[Double]]) -> [[UInt8]] {
    let buffers = zip(inputs, graph.inputs).map { values, index in
        ElementCoding.encode(values, as: graph.nodes[index].dtype).withUnsafeBytes {
            HostBuffer(copying: $0)
        }
    }
    return plan.execute(buffers).map { buffer in
        var bytes = [UInt8](repeating: 0, count: buffer.byteCount)
        bytes.withUnsafeMutableBytes { buffer.copyBytes(to: $0) }
        return bytes
    }
}

/// Compares all backends under test with the reference: values within a tolerance; and the bits of
/// one thread, two threads and a second run, unless products are at play.
func compare(
    _ graph: Graph, _ inputs: [[Double]], _ tolerance: Tolerance, _ label: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let expected = ReferenceEvaluator.run(graph, inputs: inputs, mode: .rounded)
    let plan = Backends.twoThreads.compile(graph)
    let two = run(plan, graph, inputs)
    let again = run(plan, graph, inputs)
    let one = run(graph, inputs, on: Backends.oneThread)
    let unfused = run(graph, inputs, on: Backends.unfused)
    for (place, index) in graph.outputs.enumerated() {
        let node = graph.nodes[index]
        let squares = expected[place].reduce(0) { $0 + $1 * $1 }
        let scale = (squares / Double(max(1, expected[place].count))).squareRoot()
        let absolute =
            tolerance.absolute + (tolerance.ofScale > 0 ? tolerance.ofScale * scale : 0)
        for (name, bytes) in [("2 threads", two), ("1 thread", one), ("unfused", unfused)] {
            expectClose(
                ElementCoding.decode(bytes[place], as: node.dtype), shape: node.shape,
                to: expected[place], shape: node.shape, absolute: absolute,
                relative: tolerance.relative, nanEqual: true, "\(label), output \(place), \(name)",
                sourceLocation: sourceLocation)
        }
        #expect(
            two[place] == again[place], "\(label): two runs differ", sourceLocation: sourceLocation)
        if !tolerance.threadsMayShow {
            #expect(
                two[place] == one[place], "\(label): the thread count shows in the bits",
                sourceLocation: sourceLocation)
        }
    }
}

/// Compares one operation on given operands.
func compare(
    _ op: Op, _ operands: [(shape: [Int], dtype: DType, values: [Double])], _ shape: [Int],
    _ dtype: DType = .float32, _ tolerance: Tolerance = .elementwise,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    var sketch = GraphSketch()
    let inputs = operands.map { sketch.input($0.shape, $0.dtype) }
    let output = sketch.node(op, inputs, shape, dtype)
    compare(
        sketch.build(outputs: [output]), operands.map(\.values), tolerance,
        "\(op) \(operands.map { "\($0.dtype) \($0.shape)" })", sourceLocation: sourceLocation)
}

extension TestRandom {
    /// Operands of a type: floats on [low, high), whole numbers likewise, 0 or 1 for bool.
    mutating func values(
        _ shape: [Int], _ dtype: DType = .float32, _ low: Double = -2, _ high: Double = 2
    ) -> (shape: [Int], dtype: DType, values: [Double]) {
        let count = shape.reduce(1, *)
        let values: [Double]
        switch dtype {
        case .float32: values = (0..<count).map { _ in Double(Float(uniform(low, high))) }
        case .bfloat16:
            values = (0..<count).map { _ in
                Double(ElementCoding.roundedToBFloat16(uniform(low, high)))
            }
        case .int32: values = (0..<count).map { _ in uniform(low, high).rounded() }
        case .uint8: values = (0..<count).map { _ in uniform(0, 256).rounded(.down) }
        case .bool: values = (0..<count).map { _ in uniform() < 0.5 ? 0 : 1 }
        }
        return (shape, dtype, values)
    }
}
