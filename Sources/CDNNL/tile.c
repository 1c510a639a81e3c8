// The innermost product, for each instruction set.
#include "tile.h"

#include <stddef.h>

#include "internal.h"

#if defined(__x86_64__)

#define ATL_TILE_NAME atl_tile_avx512
#define ATL_TILE_SUFFIX _avx512
#define ATL_TILE_TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define ATL_TILE_BYTES 64
#define ATL_TILE_ROWS 12
#define ATL_TILE_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "tile_template.h"

#define ATL_TILE_NAME atl_tile_avx2
#define ATL_TILE_SUFFIX _avx2
#define ATL_TILE_TARGET __attribute__((target("avx2,fma")))
#define ATL_TILE_BYTES 32
#define ATL_TILE_ROWS 6
#define ATL_TILE_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "tile_template.h"

#endif

#define ATL_TILE_NAME atl_tile_plain
#define ATL_TILE_SUFFIX _plain
#define ATL_TILE_TARGET
#define ATL_TILE_BYTES 16
#define ATL_TILE_ROWS 6
#define ATL_TILE_FMA(a, b, c) ((a) * (b) + (c))
#include "tile_template.h"

const atl_tile_kernel *atl_tile_kernel_here(void) {
#if defined(__x86_64__)
    static const atl_tile_kernel avx512 = {"avx512", atl_tile_avx512, atl_dot_avx512, 32, 12, 12};
    static const atl_tile_kernel avx2 = {"avx2", atl_tile_avx2, atl_dot_avx2, 16, 6, 12};
    if (atl_dnnl_supports_bfloat16()) return &avx512;
    int isa = (int)dnnl_get_effective_cpu_isa();
    if ((isa & (int)dnnl_cpu_isa_avx2) == (int)dnnl_cpu_isa_avx2) return &avx2;
#endif
    static const atl_tile_kernel plain = {"plain", atl_tile_plain, atl_dot_plain, 8, 6, 12};
    return &plain;
}
