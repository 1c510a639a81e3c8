import Synchronization
import TensorCore

/// The memory of a backend: one arena for all plans, since they run one after the other, and
/// buffers of results that are used again when their tensors are gone.
final class BackendMemory: Sendable {
    private struct State: @unchecked Sendable {
        var arena: UnsafeMutableRawPointer?
        var arenaByteCount = 0
        /// By size; in each list, those let go of last are at the end.
        var free: [Int: [FreeBuffer]] = [:]
        var freeByteCount = 0
        /// How many executions there were.
        var clock = 0
        var allocationCount = 0

        /// Frees what was let go of before a time.
        mutating func release(before time: Int) {
            for (size, list) in free {
                let old = list.prefix { $0.time < time }
                for buffer in old { buffer.pointer.deallocate() }
                freeByteCount -= size * old.count
                free[size] = old.count == list.count ? nil : Array(list.dropFirst(old.count))
            }
        }
    }

    /// Memory that nobody uses, and when it was let go of.
    private struct FreeBuffer {
        var pointer: UnsafeMutableRawPointer
        var time: Int
    }

    private let state = Mutex(State())
    /// How much memory of past results is kept for new ones at most.
    private static let keptByteCount = 256 << 20
    /// For how many executions memory is kept that none of them wants.
    private static let keptExecutions = 32

    /// How many buffers and arenas were allocated so far.
    var allocationCount: Int { state.withLock { $0.allocationCount } }

    deinit {
        state.withLock { state in
            state.arena?.deallocate()
            state.release(before: .max)
        }
    }

    /// The arena of an execution, grown to at least this size. What it held is lost when it grows.
    func arena(byteCount: Int) -> UnsafeMutableRawPointer {
        state.withLock { state in
            state.clock += 1
            state.release(before: state.clock - Self.keptExecutions)
            if let arena = state.arena, state.arenaByteCount >= byteCount { return Pointer(arena) }
            state.arena?.deallocate()
            let size = max(byteCount, 64)
            let arena = LargeMemory.allocate(byteCount: size, alignment: 4096)
            state.allocationCount += 1
            state.arena = arena
            state.arenaByteCount = size
            return Pointer(arena)
        }.value
    }

    /// A buffer for a result, with unspecified contents.
    func makeBuffer(byteCount: Int) -> HostBuffer {
        let reused = state.withLock { state -> Pointer? in
            guard let buffer = state.free[byteCount]?.popLast() else {
                state.allocationCount += 1
                return nil
            }
            state.freeByteCount -= byteCount
            return Pointer(buffer.pointer)
        }
        let pointer =
            reused?.value ?? LargeMemory.allocate(byteCount: byteCount, alignment: 64)
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
            // What was not used in this execution goes first.
            if state.freeByteCount + byteCount > Self.keptByteCount {
                state.release(before: state.clock)
            }
            if state.freeByteCount + byteCount > Self.keptByteCount {
                given.value.deallocate()
            } else {
                state.free[byteCount, default: []].append(
                    FreeBuffer(pointer: given.value, time: state.clock))
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
