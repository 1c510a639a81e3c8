// What the movement kernels share: versions by instruction set, and how work is shared out.
#pragma once

#include <stdint.h>
#include <string.h>

#include "atl_parallel.h"

// The arithmetic is the same in every version (no contraction, fixed order), so the bits are too.
#if defined(__x86_64__) && defined(__linux__)
#define ATL_VERSIONED \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ATL_VERSIONED
#endif

#define ATL_INLINE static inline __attribute__((always_inline))

// Below this many bytes a thread, waking a team costs more than it saves.
#define ATL_BYTES_PER_THREAD 65536

ATL_INLINE int64_t atl_min(int64_t a, int64_t b) { return a < b ? a : b; }
ATL_INLINE int64_t atl_max(int64_t a, int64_t b) { return a > b ? a : b; }

/// floor(a / b) and ceil(a / b) for b > 0 and any a.
ATL_INLINE int64_t atl_floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }
ATL_INLINE int64_t atl_ceil_div(int64_t a, int64_t b) { return a / b + (a % b > 0); }

/// How many threads are worth their start for `bytes` of memory traffic in `items` parts.
ATL_INLINE int atl_team_size(int thread_count, int64_t items, int64_t bytes) {
    int64_t useful = atl_min(atl_min(thread_count, items), bytes / ATL_BYTES_PER_THREAD);
    return (int)atl_max(useful, 1);
}

/// The first item of a thread's share of `items`; its share ends where the next thread's begins.
ATL_INLINE int64_t atl_share(int64_t items, int thread, int thread_count) {
    return items / thread_count * thread + items % thread_count * thread / thread_count;
}
