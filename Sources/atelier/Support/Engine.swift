import CLaunch
import OneDNNBackend
import TensorCore

/// The backend of the process.
enum Engine {
    /// Installs the CPU backend.
    static func start(threads: Int?) throws {
        atl_launch()
        if let threads, !(1...1024).contains(threads) {
            throw Failure("--threads \(threads): expected 1 to 1024")
        }
        Runtime.install(OneDNNBackend(threads: threads))
    }
}
