import Foundation
import TensorCore
import TestSupport
import Testing
import Workloads

extension WorkloadTests {
    /// The losses of the first three steps against PyTorch's for the same weights, latents and data: a step
    /// does the work that it says, its optimizers included.
    @Suite struct GoldenLossTests {
        private let losses: Fixture

        init() throws {
            _ = Engine.installed
            // Written by Tools/goldens/make_workload_goldens.py.
            losses = try Fixture(
                contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                    .appendingPathComponent("Fixtures/workloads.safetensors"))
        }

        private static let cases: [(kind: WorkloadKind, sizes: WorkloadSizes)] = [
            (.dcgan, WorkloadSizes(batch: 3, size: 16, width: 4)),
            (.wgangp, WorkloadSizes(batch: 3, size: 16, width: 4)),
            (.r1, WorkloadSizes(batch: 3, size: 16, width: 4)),
            (.pix2pix, WorkloadSizes(batch: 2, size: 32, width: 4)),
            (.gatys, WorkloadSizes(batch: 1, size: 32, width: 4)),
            (.resnet18, WorkloadSizes(batch: 4, size: 16, width: 4)),
            (.ring, WorkloadSizes(batch: 16, size: 2, width: 8)),
        ]

        @Test(arguments: cases)
        func lossesAreThoseOfPyTorch(_ kind: WorkloadKind, _ sizes: WorkloadSizes) throws {
            var workload = kind.make(sizes)
            // The picture that is optimised and the network that judges it begin as they are made.
            if kind != .gatys { fill(&workload, kind) }
            let names = losses.arrays.keys.filter { $0.hasPrefix("\(kind)/") }.sorted()
            #expect(!names.isEmpty)
            for step in 0..<3 {
                let outcome = workload.run()
                #expect(outcome.keys.map { "\(kind)/\($0)" }.sorted() == names)
                for name in names {
                    let expected = try losses.array(name).floats[step]
                    let made = try #require(outcome[String(name.drop { $0 != "/" }.dropFirst())])
                        .scalar()
                    #expect(
                        abs(made - expected) <= 1e-5 + 1e-3 * abs(expected),
                        "\(name), step \(step): \(made), PyTorch has \(expected)")
                }
            }
        }

        /// The golden's weights, from the stream of a key folded with each tensor's name.
        private func fill(_ workload: inout any Workload, _ kind: WorkloadKind) {
            let key = RandomKey(seed: 20_261_123).folded("workloads").folded(kind.rawValue)
            workload.forEachTensor(under: "") { name, tensor, role in
                guard role == .parameter else { return }
                let values = Tensor.normal(tensor.shape, key: key.folded(name)) * 0.1
                tensor = tensor.rank == 1 && name.hasSuffix("weight") ? values + 1 : values
            }
        }
    }
}
