import OneDNNBackend
import TensorCore
import Testing
import Workloads

@Suite(.serialized) struct WorkloadTests {
    /// Small sizes that every workload can have.
    static func sizes(_ kind: WorkloadKind) -> WorkloadSizes {
        switch kind {
        case .dcgan, .wgangp, .r1: WorkloadSizes(batch: 3, size: 16, width: 4)
        case .pix2pix: WorkloadSizes(batch: 1, size: 32, width: 4)
        case .cyclegan, .faststyle: WorkloadSizes(batch: 1, size: 16, width: 4)
        case .gatys: WorkloadSizes(batch: 1, size: 32, width: 4)
        case .resnet18: WorkloadSizes(batch: 2, size: 8, width: 4)
        case .ring: WorkloadSizes(batch: 16, size: 2, width: 8)
        }
    }

    init() { Runtime.install(OneDNNBackend(threads: 2)) }

    /// Whether a step only infers.
    static func infers(_ kind: WorkloadKind) -> Bool { kind == .cyclegan || kind == .faststyle }

    /// A step is the real thing: what it answers is finite, every tensor that it carries on changes
    /// and so do the answers; an inference changes nothing.
    @Test(arguments: WorkloadKind.allCases) func aStepLearns(_ kind: WorkloadKind) {
        var workload = kind.make(Self.sizes(kind))
        var before = workload.state.map { $0.tensor.floats() }
        var answers: [[Float]] = []
        for _ in 0..<2 {
            let outcome = workload.run()
            #expect(!outcome.isEmpty)
            for (name, tensor) in outcome {
                let isFinite = tensor.floats().allSatisfy(\.isFinite)
                #expect(isFinite, "\(kind) \(name)")
            }
            answers.append(outcome.sorted { $0.key < $1.key }.flatMap { $0.value.floats() })
            let after = workload.state.map { $0.tensor.floats() }
            for (index, entry) in workload.state.enumerated() {
                let changes = after[index] != before[index]
                #expect(changes != Self.infers(kind), "\(kind) \(entry.name)")
            }
            before = after
        }
        #expect((answers[0] == answers[1]) == Self.infers(kind), "\(kind)")
    }

    /// One plan serves every step: nothing that changes is baked into the graph.
    @Test(arguments: WorkloadKind.allCases) func stepsShareAPlan(_ kind: WorkloadKind) {
        var workload = kind.make(Self.sizes(kind))
        // The first step's moments are one and the same tensor of zeros.
        for _ in 0..<2 { workload.run() }
        let compiled = Runtime.compileCount
        for _ in 0..<3 { workload.run() }
        #expect(Runtime.compileCount == compiled)
    }

    @Test func sizesThatCannotBeAreNamed() {
        for kind in WorkloadKind.allCases {
            #expect(kind.problem(with: kind.defaults) == nil)
            #expect(kind.problem(with: Self.sizes(kind)) == nil)
            var odd = kind.defaults
            odd.size = 61
            #expect(kind.problem(with: odd)?.hasPrefix("--size 61: \(kind.rawValue) takes") == true)
            odd = kind.defaults
            odd.batch = 0
            #expect(kind.problem(with: odd)?.hasPrefix("--batch 0") == true)
        }
    }
}
