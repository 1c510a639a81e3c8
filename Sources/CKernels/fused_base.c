// The tile loops for the baseline of the target (SSE2 on x86-64, NEON on arm64), and the choice.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fused_kernels.h"
#include "vector_math.h"

#define ATL_TABLE atl_kernels_base
#include "fused_lanes.h"

static int level_limit = 4;

void atl_kernels_limit(int level) {
    __atomic_store_n(&level_limit, level, __ATOMIC_RELAXED);
}

const atl_kernels *atl_kernels_select(void) {
#if defined(__x86_64__)
    int limit = __atomic_load_n(&level_limit, __ATOMIC_RELAXED);
    if (limit >= 4 && __builtin_cpu_supports("x86-64-v4")) return &atl_kernels_v4;
    if (limit >= 3 && __builtin_cpu_supports("x86-64-v3")) return &atl_kernels_v3;
#endif
    return &atl_kernels_base;
}
