// The tile loops for the baseline of the target (SSE2 on x86-64, NEON on arm64), and the choice.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fused_kernels.h"
#include "vector_math.h"

#define ATL_TABLE atl_kernels_base
#include "fused_lanes.h"

// Of each thread: tests that cap it run beside others.
static _Thread_local int level_limit = 4;

void atl_kernels_limit(int level) { level_limit = level; }

const atl_kernels *atl_kernels_select(void) {
#if defined(__x86_64__)
    if (level_limit >= 4 && __builtin_cpu_supports("x86-64-v4")) return &atl_kernels_v4;
    if (level_limit >= 3 && __builtin_cpu_supports("x86-64-v3")) return &atl_kernels_v3;
#endif
    return &atl_kernels_base;
}
