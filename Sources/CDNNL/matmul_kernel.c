// The innermost loops of matrix products, for each instruction set.
#include <string.h>

#include "matmul_tiles.h"

#if defined(__x86_64__)

#define ATL_MM_SUFFIX _avx512
#define ATL_MM_TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define ATL_MM_BYTES 64
#define ATL_MM_ROWS 12
#define ATL_MM_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "matmul_template.h"

#define ATL_MM_SUFFIX _avx2
#define ATL_MM_TARGET __attribute__((target("avx2,fma")))
#define ATL_MM_BYTES 32
#define ATL_MM_ROWS 6
#define ATL_MM_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "matmul_template.h"

#endif

#define ATL_MM_SUFFIX _plain
#define ATL_MM_TARGET
#define ATL_MM_BYTES 16
#define ATL_MM_ROWS 6
#define ATL_MM_FMA(a, b, c) ((a) * (b) + (c))
#include "matmul_template.h"

#define ATL_KERNEL(name, lanes, rows)                                                              \
    {                                                                                              \
        #name, atl_mm_tile_##name, atl_mm_dot_##name, atl_mm_outer_##name,                         \
            atl_mm_copy_panel_##name, atl_mm_transpose_panel_##name, lanes, rows                   \
    }

const atl_matmul_kernel *atl_matmul_kernel_here(bool plain) {
#if defined(__x86_64__)
    static const atl_matmul_kernel avx512 = ATL_KERNEL(avx512, 16, 12);
    static const atl_matmul_kernel avx2 = ATL_KERNEL(avx2, 8, 6);
    if (!plain) {
        if (atl_dnnl_supports_bfloat16()) return &avx512;
        int isa = (int)dnnl_get_effective_cpu_isa();
        if ((isa & (int)dnnl_cpu_isa_avx2) == (int)dnnl_cpu_isa_avx2) return &avx2;
    }
#endif
    (void)plain;
    static const atl_matmul_kernel anywhere = ATL_KERNEL(plain, 4, 6);
    return &anywhere;
}
