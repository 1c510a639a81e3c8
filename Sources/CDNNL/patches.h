// Convolution as products of patch matrices, gathered a block at a time. Not public.
#pragma once

#include "convolution.h"
#include "tile.h"

/// Taps that lie side by side in memory: one run of a patch's row.
typedef struct {
    /// Offset of the first tap from the patch's base position.
    int64_t dy, dx;
    /// How many neighbouring columns of the picture, each `plan.channels` long.
    int64_t taps;
    /// Where the run starts in the patch's row.
    int64_t start;
} atl_run;

/// One kernel element of a phase.
typedef struct {
    int64_t ky, kx;
} atl_tap;

/// A set of result pixels whose patches have the same taps: all of them, or those of one residue
/// modulo the stride in a data gradient.
typedef struct {
    /// The pixels: `count_y x count_x` in each picture.
    int64_t count_y, count_x;
    /// Of pixel `(i, j)`: the patch's base position is `(i * step_y, j * step_x)`...
    int64_t step_y, step_x;
    /// ...and the result's `(first_y + i * stride_y, first_x + j * stride_x)`.
    int64_t first_y, first_x, stride_y, stride_x;
    int run_count, tap_count;
    atl_run *runs;
    /// The starts of the runs, and the depth.
    int64_t *starts;
    atl_tap *taps;
    /// The patch's length, `tap_count * channels`.
    int64_t depth;
    /// Where in a group's packed weights the phase's lie, in floats.
    int64_t weight_offset;
} atl_phase;

struct atl_patches {
    const atl_tile_kernel *kernel;
    /// The picture that patches are gathered from: its sides, all channels, channels of a group.
    int64_t height, width, row_channels, channels;
    /// The result: its sides and channels (weight gradient: the other factor's).
    int64_t result_height, result_width, result_channels;
    /// Columns of a product for each group.
    int64_t columns;
    /// So few columns that sums run along vectors; packed weights are `[columns][depth]` then.
    bool slim;
    int phase_count;
    atl_phase *phases;
    /// Floats of packed weights for a group.
    int64_t group_weights;
    /// Floats of scratch for a thread.
    int64_t thread_floats;
};

/// The rows of a gathered block, and what a depth of the product is split into.
enum { ATL_BLOCK_ROWS = 96, ATL_BLOCK_DEPTH = 256, ATL_BLOCK_PANELS = 16 };

/// Where a patch and its result lie.
typedef struct {
    /// The picture that the patch is in.
    const float *picture;
    /// The base position.
    int64_t y, x;
} atl_origin;

/// Splits `total` into equal parts of at most `most`; the size of a part.
static inline int64_t atl_even_part(int64_t total, int64_t most) {
    return atl_ceil_divide(total, atl_ceil_divide(total, most));
}

/// Writes elements `first..<end` of a patch's row.
void atl_gather_row(
    const atl_patches *patches, const atl_phase *phase, const atl_origin *origin, int64_t first,
    int64_t end, float *row);

/// The origin of a phase's pixel, counted over all pictures; `picture_stride` floats a picture.
atl_origin atl_origin_of(
    const atl_patches *patches, const atl_phase *phase, const float *base, int64_t pixel);

/// Forward and data gradient.
void atl_patches_product(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);

/// Weight gradient.
void atl_patches_weight_gradient(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);
