// float32 matrix products of our own: tiles of the result held in registers. Not public.
//
// Each element is summed over the depth in an order that the shape alone decides: in blocks of
// depth, each from its first term to its last (tiles), or along the vectors (dots). Threads share
// out the elements only, so their number does not show in the bits.
#pragma once

#include "internal.h"

/// A tile: `c[r][i] = activation((c[r][i] +) sum over k of a(r, k) * b[k][i] + bias[i])`.
typedef struct {
    int64_t depth;
    /// One of the strides is 1.
    const float *a;
    int64_t row_stride, depth_stride;
    /// Whole vectors are read: `panel_stride` leads from one depth to the next.
    const float *b;
    int64_t panel_stride;
    /// `step` leads from one column to the next.
    float *c;
    int64_t c_stride, c_step;
    /// For these columns, or NULL.
    const float *bias;
    /// None, ReLU or leaky ReLU.
    atl_dnnl_activation activation;
    float slope;
    int rows, columns;
    /// How many vectors a row of the panel has: 1, 2 or 4.
    int vectors;
    bool accumulate;
} atl_matmul_tile;

enum { ATL_MATMUL_DOT_ROWS = 4, ATL_MATMUL_DOT_COLUMNS = 3 };

/// Dot products of rows: `c(r, i) = activation(sum over k of a[r][k] * b[i][k] + bias)`.
typedef struct {
    int64_t depth;
    const float *a;
    int64_t a_stride;
    const float *b;
    int64_t b_stride;
    float *c;
    int64_t c_row_step, c_column_step;
    /// At most `ATL_MATMUL_DOT_ROWS` and `ATL_MATMUL_DOT_COLUMNS`.
    int rows, columns;
} atl_matmul_dot;

enum { ATL_MATMUL_OUTER_DEPTH = 8 };

/// A product of little depth, row by row:
/// `c[r][i] = activation(sum over k of a(r, k) * panel[k][i] + bias[i])`.
typedef struct {
    int64_t rows, columns;
    /// At most `ATL_MATMUL_OUTER_DEPTH`.
    int depth;
    const float *a;
    int64_t row_stride, depth_stride;
    /// Whole vectors are read.
    const float *panel;
    int64_t panel_stride;
    float *c;
    int64_t c_stride;
    /// For these columns, or NULL.
    const float *bias;
    atl_dnnl_activation activation;
    float slope;
} atl_matmul_outer;

/// The innermost loops for one instruction set.
typedef struct {
    const char *name;
    void (*tile)(const atl_matmul_tile *tile);
    void (*dot)(const atl_matmul_dot *dot);
    void (*outer)(const atl_matmul_outer *outer);
    /// `panel[k][i] = b[k * stride + i]` for `columns` of `width`, zeros in the rest.
    void (*copy_panel)(
        float *panel, const float *b, int64_t stride, int64_t depth, int columns, int width);
    /// `panel[k][i] = b[i * stride + k]` for `columns` of `width`, zeros in the rest.
    void (*transpose_panel)(
        float *panel, const float *b, int64_t stride, int64_t depth, int columns, int width);
    /// Elements of a vector.
    int lanes;
    /// Rows of a tile of two vectors; half as many go with four, and up to 12 with one.
    int rows;
} atl_matmul_kernel;

enum { ATL_MATMUL_NARROW_ROWS = 12 };

/// The best for the instruction set that oneDNN may use, or the one that runs anywhere.
const atl_matmul_kernel *atl_matmul_kernel_here(bool plain);

/// A product, planned.
typedef struct {
    atl_dnnl_matmul_shape shape;
    /// tanh and sigmoid are left to the caller.
    atl_dnnl_post_ops post_ops;
    const atl_matmul_kernel *kernel;
    int threads;
    /// Dot products of rows.
    bool dots;
    /// Little depth: sums of few rows, each once over the result.
    bool outer;
    /// The factors change places: the tiles hold the result's transpose.
    bool swapped;
    /// The right factor is read where it lies.
    bool in_place;
    /// The left factor's stripes are copied before they are read.
    bool copies_left;
    int64_t depth_block, column_block;
    /// Floats of scratch for one thread, and where the left factor's copies are among them.
    int64_t thread_floats, stripe_offset;
} atl_tiles;

/// Whether tiles are faster than oneDNN's product: a rule over the shape, from measurements
/// (`Benchmarks/Products`).
bool atl_tiles_pay(const atl_dnnl_matmul_shape *shape, const atl_dnnl_post_ops *post_ops);

void atl_tiles_plan(
    atl_tiles *tiles, const atl_dnnl_matmul_shape *shape, const atl_dnnl_post_ops *post_ops,
    int threads, bool plain);

size_t atl_tiles_scratchpad_bytes(const atl_tiles *tiles);

void atl_tiles_run(
    const atl_tiles *tiles, const float *a, const float *b, const float *bias, float *result,
    float *scratchpad);

/// The elements `[first_row, end_row) x [first_column, end_column)` of one result.
typedef struct {
    const float *a, *b, *bias;
    float *result, *scratchpad;
    int64_t first_row, end_row, first_column, end_column;
} atl_tiles_part;

/// One part by dot products, or by sums of few rows (`matmul_thin.c`).
void atl_dots_part(const atl_tiles *tiles, const atl_tiles_part *part);
void atl_outer_part(const atl_tiles *tiles, const atl_tiles_part *part);

/// A factor's first element of a block, by what lies side by side in memory.
static inline int64_t atl_element(int64_t row, int64_t column, int64_t stride, bool transposed) {
    return transposed ? column * stride + row : row * stride + column;
}
