// Which algorithm a convolution takes. Fitted to measurements (`Benchmarks/Convolution`); it looks
// at nothing that changes between two runs of a program on a machine.
#include "convolution.h"

#include "tile.h"

/// With fewer channels than this, a gathered run is too short to pay.
enum { ATL_FEW_CHANNELS = 8 };

/// The channels of the widest vectors.
enum { ATL_VECTOR_CHANNELS = 16 };

/// Whether oneDNN is not to be trusted: its weight gradients of 1x1 kernels with a stride, on nhwc
/// with channels that do not fill a vector, are wrong and at times never end (`jit_1x1:avx2` of
/// oneDNN 2.6, 2 to 4 channels).
static bool atl_is_wrong_in_onednn(atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *g) {
    return kind == ATL_DNNL_WEIGHT_GRADIENT && g->kh == 1 && g->kw == 1
        && (g->stride_h > 1 || g->stride_w > 1) && g->c / g->groups % ATL_VECTOR_CHANNELS != 0;
}

atl_dnnl_algorithm atl_convolution_rule(
    atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry,
    atl_dnnl_precision precision, int threads) {
    (void)threads;
    int64_t inputs = geometry->c / geometry->groups, outputs = geometry->o / geometry->groups;
    if (atl_is_wrong_in_onednn(kind, geometry)) return ATL_DNNL_PATCHES;
    // Short matrices: depthwise kernels and the like.
    if (geometry->groups > 1 && atl_smaller(inputs, outputs) < 16) return ATL_DNNL_DIRECT;
    if (kind == ATL_DNNL_WEIGHT_GRADIENT && atl_winograd_weights_pay(geometry, precision)) {
        return ATL_DNNL_WINOGRAD;
    }
    if (precision == ATL_DNNL_BFLOAT16) return ATL_DNNL_DIRECT;
    bool gradient = kind == ATL_DNNL_DATA_GRADIENT;
    int64_t summed = gradient ? outputs : inputs, columns = gradient ? inputs : outputs;
    // oneDNN has kernels of its own for pictures of a few channels.
    if (summed <= ATL_FEW_CHANNELS) return ATL_DNNL_DIRECT;
    bool slim = columns <= ATL_DOT_COLUMNS && kind != ATL_DNNL_WEIGHT_GRADIENT;
    if (slim) return ATL_DNNL_PATCHES;
    // One pixel: oneDNN's 1x1 kernels run at a third of what the matrix product does.
    if (geometry->h == 1 && geometry->w == 1) return ATL_DNNL_PATCHES;
    // oneDNN's AVX-512 kernels are near the peak on nhwc; those for AVX2 are not.
    if (atl_dnnl_supports_bfloat16()) return ATL_DNNL_DIRECT;
    if (kind == ATL_DNNL_WEIGHT_GRADIENT && columns <= ATL_FEW_CHANNELS) return ATL_DNNL_BLOCKED;
    return ATL_DNNL_PATCHES;
}
