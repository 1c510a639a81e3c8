// The tile loops for x86-64-v3.
#if defined(__x86_64__)
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "fused_kernels.h"

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "vector_math.h"

#define ATL_TABLE atl_kernels_v3
#include "fused_lanes.h"
#pragma clang attribute pop
#endif
