// Functions that exist once for each of some instruction sets; the loader takes the best that the
// machine has.
#pragma once

#if defined(__x86_64__) && defined(__linux__)
#define ATL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define ATL_CLONES
#endif
#define ATL_INLINE static inline __attribute__((always_inline))
