// Which algorithm a convolution takes. Fitted to measurements (`Benchmarks/Convolution`); it looks
// at nothing that changes between two runs of a program on a machine.
#include "convolution.h"

#include "tile.h"
#include "winograd.h"

/// With fewer channels than this, a gathered run is too short to pay.
enum { ATL_FEW_CHANNELS = 8 };

/// The elements of a kernel from 5x5 on.
enum { ATL_LARGE_KERNEL = 25 };

/// What Winograd's steps cost, in multiplications of the products, fitted on AVX2 to what
/// `Benchmarks/Convolution` measured. With AVX-512 products are faster and memory is not: twice as
/// much, by estimate.
enum {
    /// An element of a tile, transformed either way.
    ATL_ELEMENT_COST = 24,
    /// A weight at one position, transformed (in training, before each run or each other one),
    /// written and read; one that is only transformed, where it is multiplied; and a weight packed
    /// for other algorithms.
    ATL_WEIGHT_COST = 30, ATL_DIRECT_WEIGHT_COST = 8, ATL_PACKED_COST = 24,
};

/// Whether Winograd's algorithm is faster by a tenth or more, what ragged tiles waste included.
static bool atl_winograd_pays(
    atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *g, atl_dnnl_precision precision) {
    int index = atl_winograd_family_of(kind, g);
    if (index < 0) return false;
    const atl_winograd_family *family = atl_winograd_family_here(index);
    const bool gradient = kind == ATL_DNNL_DATA_GRADIENT;
    const double branches = (double)(g->stride_h * g->stride_w);
    int64_t span_y = family->outputs * (gradient ? g->stride_h : 1);
    int64_t span_x = family->outputs * (gradient ? g->stride_w : 1);
    int64_t count = g->n * atl_ceil_divide(gradient ? g->h : g->oh, span_y)
        * atl_ceil_divide(gradient ? g->w : g->ow, span_x);
    bool direct =
        atl_winograd_direct_pays(count, gradient ? g->o : g->c, gradient ? g->c : g->o);
    double tiles = (double)count;
    double square = (double)(family->side * family->side);
    double pairs = (double)g->c * (double)g->o, weights = square * branches * pairs;
    // All branches' tiles are transformed; their results only if they are not summed.
    double elements = (double)(gradient ? g->o : g->c) * branches
        + (double)(gradient ? g->c : g->o) * (gradient ? branches : 1);
    double scale = atl_dnnl_supports_bfloat16() ? 2 : 1;
    double winograd = tiles * weights
        + scale * (ATL_ELEMENT_COST * tiles * square * elements
                   + (direct ? ATL_DIRECT_WEIGHT_COST : ATL_WEIGHT_COST) * weights);
    double taps = (double)(g->kh * g->kw) * pairs;
    double other = (double)(g->n * g->oh * g->ow) * taps + scale * ATL_PACKED_COST * taps;
    // bfloat16 has twice the multiplications; those here are float32's.
    if (precision == ATL_DNNL_BFLOAT16) other /= 2;
    return winograd * 1.1 < other;
}

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
    bool winograd = kind == ATL_DNNL_WEIGHT_GRADIENT
        ? atl_winograd_weights_pay(geometry, precision)
        : atl_winograd_pays(kind, geometry, precision);
    if (winograd) return ATL_DNNL_WINOGRAD;
    if (precision == ATL_DNNL_BFLOAT16) return ATL_DNNL_DIRECT;
    bool gradient = kind == ATL_DNNL_DATA_GRADIENT;
    int64_t summed = gradient ? outputs : inputs, columns = gradient ? inputs : outputs;
    // Nor has oneDNN 2.6 a kernel for the gradient of a picture that a large kernel made (the last layer of a
    // network of style transfer): its reference takes seconds with one thread. Runs are gathered a whole
    // row of the kernel at a time.
    bool isLastOfStyle = gradient && geometry->kh * geometry->kw >= ATL_LARGE_KERNEL
        && geometry->stride_h == 1 && geometry->stride_w == 1;
    if (isLastOfStyle) return ATL_DNNL_PATCHES;
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
