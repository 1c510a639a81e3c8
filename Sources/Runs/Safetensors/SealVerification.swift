import Glibc

/// The check of a file's seal on a thread of its own, while its tensors are already being read.
///
/// Nothing may be done with what was read before ``finish()`` has said that the file is whole.
public final class SealVerification: @unchecked Sendable {
    private let file: SafetensorsFile
    /// Written by the thread; read after it has ended.
    private var result: Result<String, SafetensorsError>?
    private var thread: pthread_t?

    /// Begins the check.
    public init(_ file: SafetensorsFile) {
        self.file = file
        var made = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let code = pthread_create(
            &made, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<SealVerification>.fromOpaque(argument).takeRetainedValue().check()
                return nil
            }, argument.toOpaque())
        if code == 0 {
            thread = made
        } else {
            // No thread to be had: the check is done when its result is wanted.
            argument.release()
        }
    }

    deinit { if let thread { pthread_detach(thread) } }

    private func check() {
        do throws(SafetensorsError) {
            result = .success(try file.verifySeal())
        } catch {
            result = .failure(error)
        }
    }

    /// Waits for the end of the check. Called by one thread at a time.
    ///
    /// - Returns: The digest, as ``SafetensorsFile/verifySeal()`` answers it.
    /// - Throws: What that throws, if the file is torn, altered or was never sealed.
    @discardableResult
    public func finish() throws(SafetensorsError) -> String {
        if let running = thread {
            pthread_join(running, nil)
            thread = nil
        }
        if result == nil { check() }
        guard let result else { preconditionFailure("[SealVerification] the check was lost") }
        return try result.get()
    }
}
