#if canImport(Glibc)
import Glibc
#endif

/// Memory for tensors and what they are computed in.
package enum LargeMemory {
    /// From this size on, memory comes in huge pages where the system has them.
    private static let hugeFrom = 4 << 20
    private static let hugePage = 2 << 20

    /// Memory with unspecified contents, aligned to `alignment` bytes at least; `deallocate()` frees it.
    ///
    /// A page of 4 KB is fetched at its first touch, which costs more than computing what goes into it:
    /// a third of a cold start's page faults were this. In pages of 2 MB they are 500 times fewer.
    package static func allocate(byteCount: Int, alignment: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= hugeFrom else {
            return .allocate(byteCount: max(byteCount, 1), alignment: alignment)
        }
        let pointer = UnsafeMutableRawPointer.allocate(
            byteCount: byteCount, alignment: max(alignment, hugePage))
        #if os(Linux)
        // Whole pages only, so that no memory is held that was not asked for. That the system
        // refuses is no failure: the pages are small then.
        _ = madvise(pointer, byteCount / hugePage * hugePage, Int32(MADV_HUGEPAGE))
        #endif
        return pointer
    }
}
