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
    /// Tiles of a chunk; the threads share each chunk, or each takes chunks of its own.
    int64_t chunk;
    bool shares_chunks;
    /// Floats from a tile to the next, and from a position to the next, in transformed tiles and
    /// in products. Odd numbers of cache lines: the positions of a tile lie in different sets.
    int64_t tile_stride, position_stride, product_stride, product_position_stride;
    /// Floats of scratch for a chunk.
    int64_t chunk_floats;
};

/// Which family computes the geometry best, or -1 if none can: `kind` is not a weight gradient's.
int atl_winograd_family_of(atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry);
