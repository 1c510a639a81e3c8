import TensorCore
import TestSupport
import Testing

/// The tensor API and its derivatives against PyTorch, evaluated in double precision: what is wrong
/// here is wrong in the core and not in a kernel.
@Suite struct GoldenTests {
    static let goldens = Result { try OpGoldens() }
    static let cases = (try? goldens.get().cases) ?? []

    @Test func thereAreGoldens() throws {
        #expect(try Self.goldens.get().cases.count > 110)
    }

    @Test(arguments: cases) func matchesPyTorch(_ golden: GoldenCase) throws {
        let mode: ReferenceEvaluator.Mode = golden.op == "roundToBFloat16" ? .rounded : .double
        try Self.goldens.get().check(golden, absolute: 1e-12, relative: 1e-6) {
            TensorGraph(outputs: $0, variables: []).run([], mode: mode)
        }
    }

    @Test(arguments: PenaltyGoldens.names) func penaltyMatchesPyTorch(_ name: String) throws {
        try PenaltyGoldens().check(name, absolute: 1e-10, relative: 1e-6) {
            TensorGraph(outputs: $0, variables: []).run([])
        }
    }
}
