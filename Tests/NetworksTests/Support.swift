import Foundation
import OneDNNBackend
import TensorCore
import TestSupport

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}

/// The seed of the goldens.
let goldenSeed: UInt64 = 20_261_123

/// A file that Tools/goldens/make_network_goldens.py made.
func fixture(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(name)")
}

/// A file of the test data, if it is there: in ATELIER_DATA, or ../shared/data beside the package.
func testData(_ name: String) -> URL? {
    let folder =
        ProcessInfo.processInfo.environment["ATELIER_DATA"].map { URL(fileURLWithPath: $0) }
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("../shared/data")
    let file = folder.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: file.path) ? file : nil
}

extension Module {
    /// Weights from the stream of a key, folded with each tensor's name, as in the goldens.
    mutating func fill(_ key: RandomKey) {
        forEachTensor(under: "") { name, tensor, role in
            guard role == .parameter else { return }
            let values = Tensor.normal(tensor.shape, key: key.folded(name)) * 0.1
            tensor = tensor.rank == 1 && name.hasSuffix("weight") ? values + 1 : values
        }
    }
}
