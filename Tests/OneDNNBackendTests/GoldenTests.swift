import OneDNNBackend
import TensorCore
import TestSupport
import Testing

/// The tensor API on the CPU against PyTorch: values, first and second gradients.
@Suite struct OneDNNGoldenTests {
    static let goldens = Result { try OpGoldens() }
    static let cases = (try? goldens.get().cases) ?? []

    @Test func thereAreGoldens() throws {
        #expect(try Self.goldens.get().cases.count > 110)
    }

    /// The elements of tensors, computed together by the backend.
    static func evaluated(_ tensors: [Tensor]) -> [[Double]] {
        Backends.installed
        evaluate(tensors)
        return tensors.map { ElementCoding.decode($0.bytes(), as: $0.dtype) }
    }

    @Test(arguments: cases) func matchesPyTorch(_ golden: GoldenCase) throws {
        try Self.goldens.get().check(
            golden, absolute: 2e-5, relative: 2e-5, evaluate: Self.evaluated)
    }

    @Test(arguments: PenaltyGoldens.names) func penaltyMatchesPyTorch(_ name: String) throws {
        try PenaltyGoldens().check(name, absolute: 5e-5, relative: 1e-4, evaluate: Self.evaluated)
    }
}

@Suite struct RuntimeTests {
    @Test func evaluatedTensorsBecomeData() {
        Backends.installed
        let x = Tensor([1, 2, 3])
        let y = x.square()
        evaluate(y)
        #expect((y + x).floats() == [2, 6, 12])
        #expect(y.floats() == [1, 4, 9])
    }

    @Test func gradientsMayBeTakenAfterALookAtTheLoss() {
        Backends.installed
        let (value, slope) = valueAndGrad { x in
            let loss = x.square().sum()
            _ = loss.scalar()
            return loss
        }(Tensor([1, -2]))
        #expect(value.scalar() == 5)
        #expect(slope.floats() == [2, -4])
    }

    @Test func longChainsNeedNoStack() {
        Backends.installed
        var x = Tensor([0])
        for _ in 0..<100_000 { x = x + 1 }
        #expect(x.floats() == [100_000])
        var y = Tensor([0])
        for _ in 0..<200_000 { y = y + 1 }
    }

    @Test func manyThreadsMayEvaluate() async {
        Backends.installed
        await withTaskGroup(of: Bool.self) { group in
            for i in 0..<16 {
                group.addTask {
                    let x = Tensor([Float](repeating: Float(i), count: 100 + i))
                    return (x * x).sum().scalar() == Float(i * i * (100 + i))
                }
            }
            for await right in group { #expect(right) }
        }
    }
}
