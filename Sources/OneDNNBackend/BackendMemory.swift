import Synchronization
import TensorCore

/// The memory of a backend: one arena for all plans, since they run one after the other, and
/// buffers of results that are used again when their tensors are gone.
final class BackendMemory: Sendable {
    private struct State: @unchecked Sendable {
        var arena: UnsafeMutableRawPointer?
        var arenaByteCount = 0
        var free: [Int: [UnsafeMutableRawPointer]] = [:]
        var freeByteCount = 0
    }

    private let state = Mutex(State())
    /// How much memory of past results is kept for new ones at most.
    private static let keptByteCount = 256 << 20

    deinit {
        state.withLock { state in
            state.arena?.deallocate()
            for list in state.free.values { for pointer in list { pointer.deallocate() } }
        }
    }

    /// The arena, grown to at least this size. What it held is lost when it grows.
    func arena(byteCount: Int) -> UnsafeMutableRawPointer {
        state.withLock { state in
            if let arena = state.arena, state.arenaByteCount >= byteCount { return Pointer(arena) }
            state.arena?.deallocate()
            let size = max(byteCount, 64)
            let arena = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 4096)
            state.arena = arena
            state.arenaByteCount = size
            return Pointer(arena)
        }.value
    }

    /// A buffer for a result, with unspecified contents.
    func makeBuffer(byteCount: Int) -> HostBuffer {
        let reused = state.withLock { state -> Pointer? in
            guard let pointer = state.free[byteCount]?.popLast() else { return nil }
            state.freeByteCount -= byteCount
            return Pointer(pointer)
        }
        let pointer =
            reused?.value
            ?? UnsafeMutableRawPointer.allocate(byteCount: max(byteCount, 1), alignment: 64)
        return HostBuffer(pointer: pointer, byteCount: byteCount) {
            [weak self] pointer, byteCount in
            guard let self else {
                pointer.deallocate()
                return
            }
            self.giveBack(pointer, byteCount)
        }
    }

    private func giveBack(_ pointer: UnsafeMutableRawPointer, _ byteCount: Int) {
        let given = Pointer(pointer)
        state.withLock { state in
            if state.freeByteCount + byteCount > Self.keptByteCount {
                given.value.deallocate()
            } else {
                state.free[byteCount, default: []].append(given.value)
                state.freeByteCount += byteCount
            }
        }
    }
}

/// A pointer that may cross between threads: whoever holds it owns what it points at.
private struct Pointer: @unchecked Sendable {
    let value: UnsafeMutableRawPointer
    init(_ value: UnsafeMutableRawPointer) { self.value = value }
}
