// Weight gradients by Winograd's algorithm: what is summed when, and where it lies. Not public.
#pragma once

#include "convolution.h"
#include "tile.h"
#include "winograd_kernel.h"

enum {
    /// Tiles of the register kernel side by side in a panel of rows: whole vectors.
    ATL_ROW_TILES = 4,
    /// Tiles of an only chunk, at most; of one of several, at most, and at least.
    ATL_ONLY_CHUNK_TILES = 512,
    ATL_MOST_TILES = 128,
    ATL_LEAST_TILES = 32,
    /// Tiles of a product: panels stay in the first cache.
    ATL_WINOGRAD_DEPTH = 128,
    /// What a chunk's transformed operands may take, in floats: of an only chunk, and of several.
    ATL_ONLY_CHUNK_FLOATS = 7 << 20,
    ATL_CHUNK_FLOATS = 5 << 19,
    /// What the sums of a range may take: few, to be in the cache still when they become weights;
    /// more if the source has several chunks, all to be transformed for each range.
    ATL_RANGE_FLOATS = 1 << 20,
    ATL_LONG_RANGE_FLOATS = 5 << 19,
    /// With so few sums there are more lanes.
    ATL_FEW_SUMS = 1 << 20,
    ATL_MOST_LANES = 4,
    ATL_LEAST_LANES = 2,
    /// Tiles that a thread transforms at a time.
    ATL_STRIP_TILES = 16,
};

struct atl_winograd_weights {
    const atl_tile_kernel *kernel;
    const atl_winograd_family *family;
    /// Elements of a transformed tile.
    int64_t positions;
    /// The stride: as many phases in each direction.
    int64_t stride;
    /// Tiles of a picture, and of all.
    int64_t tiles_y, tiles_x, tiles;
    /// Tiles of a chunk, but for the last; and in how many parts of equally many chunks they are
    /// summed.
    int64_t chunk, lanes;
    /// Panels of a phase's channels, and of all phases.
    int64_t phase_panels, panels;
    /// Tiles of output channels, and those of a range.
    int64_t row_tiles, range_tiles;
    /// Floats from position to position: of the source's panels, of the gradient's, of sums.
    int64_t source_step, gradient_step, sum_step;
    /// Floats of the source's panels, of the gradient's, and of sums. For an only chunk, there are
    /// the latter two for each thread; else there are sums for each lane, and panels for each thread
    /// if threads share the lanes equally.
    int64_t source_floats, gradient_floats, sum_floats;
    /// Where they lie in the scratchpad.
    int64_t gradient_offset, sum_offset;
};

/// The family that multiplies least; NULL if the kernel is none of Winograd's.
const atl_winograd_family *atl_winograd_weights_family(const atl_dnnl_geometry *geometry);
