// The transforms of Winograd's convolution, for each instruction set.
#include "winograd_kernel.h"

#include <string.h>

#include "winograd_tables.h"

const float atl_winograd_zeros[ATL_WINOGRAD_CHANNELS] = {0};

#if defined(__x86_64__)

#define ATL_WINOGRAD_SUFFIX _avx512
#define ATL_WINOGRAD_TARGET                                                                        \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")))
#define ATL_WINOGRAD_BYTES 64
#define ATL_WINOGRAD_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "winograd_template.h"

#define ATL_WINOGRAD_SUFFIX _avx2
#define ATL_WINOGRAD_TARGET __attribute__((target("avx2,fma")))
#define ATL_WINOGRAD_BYTES 32
#define ATL_WINOGRAD_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#include "winograd_template.h"

#endif

#define ATL_WINOGRAD_SUFFIX _plain
#define ATL_WINOGRAD_TARGET
#define ATL_WINOGRAD_BYTES 16
#define ATL_WINOGRAD_FMA(a, b, c) ((a) * (b) + (c))
#include "winograd_template.h"

const atl_winograd_family *atl_winograd_family_here(int family) {
#if defined(__x86_64__)
    if (atl_dnnl_supports_bfloat16()) return &atl_winograd_families_avx512[family];
    int isa = (int)dnnl_get_effective_cpu_isa();
    if ((isa & (int)dnnl_cpu_isa_avx2) == (int)dnnl_cpu_isa_avx2) {
        return &atl_winograd_families_avx2[family];
    }
#endif
    return &atl_winograd_families_plain[family];
}
