// The transforms of Winograd's convolution, over channels of nhwc pixels. Not public.
#pragma once

#include "internal.h"

/// Squares of `in` become squares of `out`, channel by channel, as `M in M^T`. Elements of both are
/// row-major; each is a pointer to `count` floats of any alignment.
typedef struct {
    const float *const *in;
    float *const *out;
    int64_t count;
    /// Only `output`: what follows the sum. `bias` may be NULL, and has `count` floats.
    const float *bias;
    /// None, or one of the piecewise linear ones.
    atl_dnnl_activation activation;
    float slope;
} atl_winograd_square;

typedef void (*atl_winograd_transform)(const atl_winograd_square *square);

/// The transforms F(m x m, r x r) for one instruction set. With t = m + r - 1, results are
/// `output(sum over channels of weights(w) * input(x))`; a weight gradient is
/// `weights_adjoint(sum over tiles of input(x) * output_adjoint(g))`.
typedef struct {
    const char *name;
    /// m, r, t.
    int outputs, taps, side;
    /// t x t to t x t.
    atl_winograd_transform input;
    /// t x t to m x m, then bias and activation.
    atl_winograd_transform output;
    /// r x r to t x t.
    atl_winograd_transform weights;
    /// m x m to t x t.
    atl_winograd_transform output_adjoint;
    /// t x t to r x r.
    atl_winograd_transform weights_adjoint;
} atl_winograd_family;

enum {
    ATL_WINOGRAD_43,
    ATL_WINOGRAD_23,
    ATL_WINOGRAD_42,
    ATL_WINOGRAD_22,
    ATL_WINOGRAD_FAMILIES,
    /// The largest t * t.
    ATL_WINOGRAD_SQUARE = 36,
    /// Callers go through channels this many at a time: elements outside of a picture can be
    /// `atl_winograd_zeros` then, and results outside of it can go to an array of this length.
    ATL_WINOGRAD_CHANNELS = 256,
};

/// The transforms of a family (`ATL_WINOGRAD_43`...) for the instruction set that oneDNN may use.
const atl_winograd_family *atl_winograd_family_here(int family);

/// Elements outside of a picture: `ATL_WINOGRAD_CHANNELS` zeros.
extern const float atl_winograd_zeros[];
