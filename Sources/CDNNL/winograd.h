// Winograd's convolution on plain nhwc. Not public.
#pragma once

#include "convolution.h"
#include "tile.h"
#include "winograd_kernel.h"

/// How a branch reaches along an axis: element `e` of tile `i` is `(i * m + e) * step + offset` of
/// the picture, and tap `v` of the branch is `first_tap + v * tap_step` of the kernel (no tap if
/// the kernel has not so many).
typedef struct {
    int64_t offset, first_tap, tap_step;
} atl_winograd_axis;

/// How a convolution that packs no weights is cut.
typedef struct {
    /// Channels of a branch that are summed at a time, and how many parts there are.
    int64_t part, parts;
    /// Panels of columns that a thread multiplies at a time, groups of them, and in how many pieces
    /// the tiles of a chunk are cut.
    int64_t panels, groups, pieces;
    /// Tiles of a chunk.
    int64_t chunk;
    /// Floats from a position to the next: of transformed tiles, of weights, of products.
    int64_t tile_step, weight_step, product_step;
    /// Floats of all transformed tiles of a chunk, and of a thread's weights and products.
    int64_t tile_floats, weight_floats, product_floats;
} atl_winograd_direct_cut;

/// Convolutions of stride 2 are four branches of stride 1: a forward one sums those of the
/// picture's pixels of each parity, a data gradient has one for the result's pixels of each parity.
struct atl_winograd {
    const atl_winograd_family *family;
    const atl_tile_kernel *kernel;
    /// The picture that tiles are taken from, and the result.
    int64_t height, width, channels;
    int64_t result_height, result_width, columns;
    /// 1 or 4; branch `b` has the axes `ys[b / 2]` and `xs[b % 2]`.
    int branches;
    bool summed;
    atl_winograd_axis ys[2], xs[2];
    /// From an element to the next, in the picture and in the result: 1 or 2.
    int64_t step, result_step;
    /// Tiles of a picture and of all.
    int64_t tiles_y, tiles_x, tiles;
    /// Of the products: t * t, or four times that if branches are not summed; and their depth.
    int64_t positions, depth;
    /// Floats of packed weights for a position.
    int64_t position_weights;
    /// Weights are transformed where they are multiplied (`winograd_direct.c`): nothing is packed.
    bool direct;
    atl_winograd_direct_cut cut;
    /// Tiles of a chunk; the threads share each chunk, or each takes chunks of its own.
    int64_t chunk;
    bool shares_chunks;
    /// Floats from a tile to the next, and from a position to the next, in transformed tiles and
    /// in products. Odd numbers of cache lines: the positions of a tile lie in different sets.
    int64_t tile_stride, position_stride, product_stride, product_position_stride;
    /// Floats of scratch for a chunk.
    int64_t chunk_floats;
};

/// `floats` rounded up to an odd number of cache lines.
static inline int64_t atl_odd_lines(int64_t floats) {
    const int64_t line = ATL_DNNL_ALIGNMENT / (int64_t)sizeof(float);
    return (atl_ceil_divide(floats, line) | 1) * line;
}

/// Which family computes the geometry best, or -1 if none can: `kind` is not a weight gradient's.
int atl_winograd_family_of(atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry);

// MARK: Weights

/// Channels whose weights are transformed at a time, at most.
enum { ATL_PIECE_CHANNELS = 16 };

/// A piece of the weights: some channels of a panel of columns, for a branch.
typedef struct {
    int branch;
    int64_t first_column, columns, first_channel, channels;
    int panel_width;
} atl_winograd_piece;

/// The panel of columns that starts at a column; the rest of the piece is zero.
atl_winograd_piece atl_winograd_panel(const atl_winograd *winograd, int64_t first_column);

/// Transforms a piece of plain weights: `[channels][panel width]` at each position.
void atl_winograd_transform_weights(
    const atl_dnnl_convolution *convolution, const float *plain, const atl_winograd_piece *piece,
    float *to, int64_t position_stride);

/// Asks for a slice of a piece's plain weights: they come from far away. A piece may have more
/// columns than a panel here.
void atl_winograd_prefetch_weights(
    const atl_dnnl_convolution *convolution, const float *plain, const atl_winograd_piece *piece,
    int64_t slice, int64_t slices);

// MARK: Tiles

/// Where a transformed tile goes: its channels in parts of at most `ATL_WINOGRAD_CHANNELS`.
typedef struct {
    float *to;
    int64_t position_stride, part, part_stride;
} atl_winograd_tile_target;

/// Transforms one tile for one branch.
void atl_winograd_transform_tile(
    const atl_winograd *winograd, const float *pictures, int64_t tile, int branch,
    const atl_winograd_tile_target *target);

/// Where the products of a tile lie: some columns of them.
typedef struct {
    const float *from;
    int64_t position_stride, first_column, columns;
} atl_winograd_tile_source;

/// Transforms one tile's products of one branch back, and writes the results that there are.
void atl_winograd_finish_tile(
    const atl_dnnl_convolution *convolution, const atl_winograd_tile_source *source, int64_t tile,
    int branch, const float *bias, float *result);

// MARK: Runs

/// With packed weights.
void atl_winograd_packed_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);

/// Whether weights are better transformed where they are multiplied: the tiles, the channels of
/// one, and the columns of the product decide.
bool atl_winograd_direct_pays(int64_t tiles, int64_t channels, int64_t columns);
/// How it is cut then.
void atl_winograd_direct_fill(atl_winograd *winograd, int threads);
/// With plain weights.
void atl_winograd_direct_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);
