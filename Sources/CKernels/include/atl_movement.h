// Kernels that move, sample or draw elements, where a fused chain does not reach.
//
// All of them: arrays are row-major and without gaps unless strides are given; images are
// [N, H, W, C]; results may not overlap operands; nothing is allocated; the result's bits depend
// neither on the thread count nor on the instruction set. `thread_count` is the most threads that
// may be used: small work stays on the calling thread.
#pragma once

#include <stdint.h>

// MARK: - Copies (copy.c)

#define ATL_COPY_MAX_RANK 8

/// dst[i . dst_strides] = src[i . src_strides] for every index i of `sizes`.
///
/// Strides are in elements. `dst` and `src` point at the element of index 0, so an axis that is
/// turned round has a pointer to its last element and a negative stride. A source stride of 0
/// repeats. Different indices must have different places in `dst`. `rank` is 0 ..=
/// ATL_COPY_MAX_RANK; `element_size` is 1, 2 or 4 bytes.
///
/// With this: transpose permutes the source strides; broadcast sets them to 0; slice multiplies
/// them and moves `src`; reverse negates them; concatenate is a call for each part.
void atl_copy_strided(
    int rank, const int64_t *sizes, void *dst, const int64_t *dst_strides, const void *src,
    const int64_t *src_strides, int element_size, int thread_count);

/// dst[0 ..< count] = *value, elements of 1, 2 or 4 bytes.
void atl_fill(void *dst, int64_t count, const void *value, int element_size, int thread_count);

/// Along each axis `low` elements before, `high` after and `interior` between neighbours (all at
/// least 0) of a `src` of `sizes`; the new elements are *value.
void atl_pad(
    int rank, const int64_t *sizes, const int64_t *low, const int64_t *high,
    const int64_t *interior, void *dst, const void *src, const void *value, int element_size,
    int thread_count);

// MARK: - Rows by index, and the index of the largest (gather.c)

/// dst[i] = table[indices[i]], rows of `row_bytes`. Returns -1, or where an index is outside
/// 0 ..< row_count the position in `indices` of the first such, with `dst` untouched.
int64_t atl_gather_rows(
    const void *table, int64_t row_count, int64_t row_bytes, const int32_t *indices,
    int64_t index_count, void *dst, int thread_count);

/// dst [row_count, row_size] = the sums of the rows of updates [index_count, row_size] by index,
/// added to zero in the order of `indices`. Returns as `atl_gather_rows` does.
int64_t atl_scatter_add_rows(
    const float *updates, const int32_t *indices, int64_t index_count, int64_t row_count,
    int64_t row_size, float *dst, int thread_count);

/// The index of the first largest along the middle axis: [outer, count, inner] -> [outer, inner].
/// NaN counts as larger than every number. `count` is at least 1.
void atl_arg_max_f32(
    const float *src, int64_t outer, int64_t count, int64_t inner, int32_t *dst,
    int thread_count);

// MARK: - Pooling, float (pooling.c)

/// The geometry of a pooling from [n, height, width, channels] to [n, out_height, out_width,
/// channels]: window (oy, ox) begins at row oy * stride_height - padding_top and column
/// ox * stride_width - padding_left. Padding at the bottom and right follows from the output's
/// size.
typedef struct {
    int64_t n, height, width, channels;
    int64_t out_height, out_width;
    int64_t kernel_height, kernel_width;
    int64_t stride_height, stride_width;
    int64_t padding_top, padding_left;
} atl_pool2d;

/// The largest of each window; NaN if any is NaN; -infinity for a window of padding alone.
void atl_max_pool2d(const atl_pool2d *pool, const float *x, float *dst, int thread_count);

/// Of `v` [n, height, width, channels], the element at the place of the largest of `x` in each
/// window. The first in row-major order wins a tie, NaN counts as the largest, and a window of
/// padding alone gives 0.
void atl_max_pool2d_gather(
    const atl_pool2d *pool, const float *v, const float *x, float *dst, int thread_count);

/// The adjoint of `atl_max_pool2d_gather`: `g` [n, out_height, out_width, channels] added to zeros
/// [n, height, width, channels] at the places of the largest of `x`, windows in row-major order.
void atl_max_pool2d_scatter(
    const atl_pool2d *pool, const float *g, const float *x, float *dst, int thread_count);

/// The sum of each window in row-major order, divided by kernel_height * kernel_width: padding
/// counts as zeros.
void atl_average_pool2d(const atl_pool2d *pool, const float *x, float *dst, int thread_count);

/// The adjoint of `atl_average_pool2d`, from `g` [n, out_height, out_width, channels].
void atl_average_pool2d_gradient(
    const atl_pool2d *pool, const float *g, float *dst, int thread_count);

// MARK: - Resizing, float (resize.c)

typedef enum {
    /// Source index floor(i * size / out_size).
    ATL_RESIZE_NEAREST,
    /// Source coordinate (i + 0.5) * size / out_size - 0.5, clamped to the picture; the weights are
    /// exact fractions rounded to float.
    ATL_RESIZE_BILINEAR
} atl_resize_mode;

/// The geometry of a resizing from [n, height, width, channels] to [n, out_height, out_width,
/// channels]. All sizes are below 2^30.
typedef struct {
    int64_t n, height, width, channels;
    int64_t out_height, out_width;
    int32_t mode;
} atl_resize2d;

/// Bytes of scratch memory that a resizing and its adjoint need, aligned to 4.
int64_t atl_resize2d_scratch_bytes(const atl_resize2d *resize);

/// The resized picture: along x first, then along y.
void atl_resize2d_forward(
    const atl_resize2d *resize, const float *x, float *dst, void *scratch, int thread_count);

/// The adjoint of `atl_resize2d_forward`: `g` [n, out_height, out_width, channels] to [n, height,
/// width, channels].
void atl_resize2d_gradient(
    const atl_resize2d *resize, const float *g, float *dst, void *scratch, int thread_count);

// MARK: - Random numbers (random.c)

// The stream of `RandomKey`: Threefry-2x32 with 20 rounds under `key` = {high, low}; element i of
// the stream is word i & 1 of the block with counter i >> 1. dst[0 ..< count] takes the elements
// from `first` on.

/// The words themselves.
void atl_random_bits(
    const int32_t key[2], uint64_t first, int64_t count, int32_t *dst, int thread_count);

/// (word >> 8) * 2^-24: on [0, 1).
void atl_random_uniform(
    const int32_t key[2], uint64_t first, int64_t count, float *dst, int thread_count);

/// sqrt(2) * erfinv(u) with u = ((word >> 8) + 0.5) * 2^-23 - 1: standard normal, symmetric, at
/// most 5.42 from 0. erfinv is the single-precision approximation of Giles 2010, "Approximating
/// the erfinv function" (relative error below 1e-6), with a logarithm of our own.
void atl_random_normal(
    const int32_t key[2], uint64_t first, int64_t count, float *dst, int thread_count);

/// The permutation of 0 ..< count by Fisher and Yates that `RandomKey.permutation` makes. `count`
/// is below 2^31. One thread.
void atl_random_permutation(const int32_t key[2], int64_t count, int32_t *dst);
