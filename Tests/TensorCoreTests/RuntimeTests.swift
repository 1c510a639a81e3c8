import Foundation
import TensorCore
import TestSupport
import Testing

/// Each in a process of its own: the backend of a process is installed once.
@Suite struct RuntimeTests {
    @Test func aNewNumberNeedsNoNewPlan() async {
        await #expect(processExitsWith: .success) {
            Runtime.install(ReferenceBackend(.rounded))
            for i in 0..<5 {
                let result = (Tensor(Float(i)) * Tensor([1, 2, 3.25])).sum().scalar()
                guard result == 6.25 * Float(i) else { exit(1) }
            }
            guard Runtime.compileCount == 1 else { exit(2) }
            // A literal is structure.
            _ = (Tensor([1, 2, 3]) * 7).sum().scalar()
            guard Runtime.compileCount == 2 else { exit(3) }
        }
    }

    /// What does not lead to the results is never planned.
    @Test func onlyWhatIsAskedForIsComputed() async {
        await #expect(processExitsWith: .success) {
            let backend = CountingBackend()
            Runtime.install(backend)
            let x = Tensor([1, 2])
            let w = Tensor([3, 4])
            let y = x * w
            let unused = (y.exp() + 1).log()
            let slopes = gradients(of: y.square().sum(), at: [x, w])
            guard slopes[0].floats() == [18, 64] else { exit(1) }
            guard !backend.hasSeen({ $0 == .unary(.exp) || $0 == .unary(.log) }) else { exit(2) }
            _ = unused
        }
    }

    /// The precision reaches each product and convolution, and nothing else.
    @Test func thePrecisionOfAnEvaluationReachesProducts() async {
        await #expect(processExitsWith: .success) {
            let backend = CountingBackend()
            Runtime.install(backend)
            func outputs(_ x: Tensor) -> [Tensor] {
                let (p, w) = (Convolution2dParameters(padding: 1), Tensor.zeros([2, 3, 3, 1]))
                let y = conv2d(x, w, p)
                return [
                    matmul(Tensor([1, 2], shape: [1, 2]), Tensor([3, 4], shape: [2, 1])), y,
                    conv2dInputGradient(y, w, p, height: 4, width: 4),
                    conv2dWeightGradient(x, y, p, kernelHeight: 3, kernelWidth: 3),
                ]
            }
            var rounded = Convolution2dParameters(padding: 1)
            rounded.precision = .bfloat16
            let wanted: [Op] = [
                .matmul(transposeA: false, transposeB: false, precision: .bfloat16),
                .conv2d(rounded), .conv2dInputGradient(rounded, height: 4, width: 4),
                .conv2dWeightGradient(rounded, kernelHeight: 3, kernelWidth: 3),
            ]
            let x = Tensor([Float](repeating: 1, count: 16), shape: [1, 4, 4, 1])
            evaluate(outputs(x), precision: .float32)
            guard !wanted.contains(where: { op in backend.hasSeen { $0 == op } }) else { exit(1) }
            evaluate(outputs(x), precision: .bfloat16)
            guard wanted.allSatisfy({ op in backend.hasSeen { $0 == op } }) else { exit(2) }
            // One plan each: a float32 plan must not serve where rounding was asked for.
            guard Runtime.compileCount == 2 else { exit(3) }
        }
    }

    @Test func theModuleThatIsDifferentiatedIsTheArgument() async {
        await #expect(processExitsWith: .success) {
            Runtime.install(ReferenceBackend(.rounded))
            var module = Scale(factor: Tensor([2]), count: Tensor([0]))
            let (value, slopes) = valueAndGrad(at: &module) { module in
                module.count = module.count + 1
                return (module.factor * module.factor * Tensor([3])).sum()
            }
            guard value.scalar() == 12, slopes.tensors.map({ $0.floats() }) == [[12]] else {
                exit(1)
            }
            // What the loss did to buffers stays; parameters are as they were.
            guard module.count.floats() == [1], module.factor.floats() == [2] else { exit(2) }
        }
    }

    /// `y` was evaluated and knows no longer what it was made from; the other way to `x` is still
    /// there. Half a gradient, 1 and not 3, must not come out; nor when a second evaluation lies between.
    @Test(arguments: [false, true]) func halfAGradientIsRefused(_ twice: Bool) async {
        await #expect(processExitsWith: .failure) { [twice = twice as Bool] in
            Runtime.install(ReferenceBackend(.rounded))
            let x = Tensor([1])
            var y = x * 2
            evaluate(y)
            if twice {
                y = y + 1
                evaluate(y)
            }
            _ = gradients(of: (x + y).sum(), at: [x])
        }
    }

    /// What has nothing to do with the target, or is said to be a constant, may have been evaluated.
    @Test func evaluatedConstantsAreNoObstacle() async {
        await #expect(processExitsWith: .success) {
            Runtime.install(ReferenceBackend(.rounded))
            let (x, z) = (Tensor([1]), Tensor([5]))
            let (y, w) = (x * 2, z * 3)
            evaluate(y)
            evaluate(w)
            let slopes = gradients(of: (x * w + stopGradient(y)).sum(), at: [x])
            guard slopes[0].floats() == [15] else { exit(1) }
            // Nor is a target that was evaluated itself.
            guard gradients(of: (y * y).sum(), at: [y])[0].floats() == [4] else { exit(2) }
        }
    }
}

private struct Scale: Module {
    var factor: Tensor
    var count: Tensor

    mutating func forEachTensor(
        under path: String, _ body: (String, inout Tensor, TensorRole) -> Void
    ) {
        body(path + "factor", &factor, .parameter)
        body(path + "count", &count, .buffer)
    }
}

/// Remembers the operations that it was asked to run.
private final class CountingBackend: Backend, @unchecked Sendable {
    private let reference = ReferenceBackend(.rounded)
    private var operations: [Op] = []

    var name: String { "counting" }

    func compile(_ graph: Graph) -> any Executable {
        operations += graph.nodes.map(\.op)
        return reference.compile(graph)
    }

    func hasSeen(_ condition: (Op) -> Bool) -> Bool { operations.contains(where: condition) }
}
