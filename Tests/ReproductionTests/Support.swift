import OneDNNBackend
import TensorCore

/// The backend of tensors in this process.
enum Engine {
    static let installed: Void = Runtime.install(OneDNNBackend(threads: 2))
}
