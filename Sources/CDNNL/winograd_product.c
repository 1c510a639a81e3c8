// Winograd's convolution: a chunk of tiles is transformed, multiplied, and transformed back.
#include "winograd.h"

#include "atl_parallel.h"

enum { ATL_BLOCK_DEPTH = 256 };

/// All that the threads share.
typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *pictures, *weights, *bias;
    float *result, *scratchpad;
    /// Of a shared chunk.
    int64_t chunk;
} atl_winograd_work;

/// Some tiles, the branches that they are made for now, and their scratch.
typedef struct {
    int64_t first_tile, tiles;
    int first_branch, branches;
    float *transformed, *products;
} atl_winograd_chunk;

// MARK: Transforms

/// Transforms one tile for one branch.
static void atl_winograd_begin(
    const atl_winograd_work *work, const atl_winograd_chunk *chunk, int64_t tile, int branch) {
    const atl_winograd *winograd = work->convolution->winograd;
    const int square = winograd->family->side * winograd->family->side;
    atl_winograd_tile_target target = {
        chunk->transformed + tile * winograd->tile_stride, winograd->position_stride,
        ATL_WINOGRAD_CHANNELS, ATL_WINOGRAD_CHANNELS,
    };
    if (winograd->summed) {
        target.to += branch * winograd->channels;
    } else {
        target.to += (branch - chunk->first_branch) * square * winograd->position_stride;
    }
    atl_winograd_transform_tile(
        winograd, work->pictures, chunk->first_tile + tile, branch, &target);
}

/// Transforms one tile's products of one branch back, and writes the results that there are.
static void atl_winograd_finish(
    const atl_winograd_work *work, const atl_winograd_chunk *chunk, int64_t tile, int branch) {
    const atl_winograd *winograd = work->convolution->winograd;
    const int square = winograd->family->side * winograd->family->side;
    const int64_t stride = winograd->product_position_stride;
    atl_winograd_tile_source source = {
        chunk->products + tile * winograd->product_stride
            + (branch - chunk->first_branch) * square * stride,
        stride, 0, winograd->columns,
    };
    atl_winograd_finish_tile(
        work->convolution, &source, chunk->first_tile + tile, branch, work->bias, work->result);
}

// MARK: Products

/// Asks for a slice of the panel that is multiplied next: weights may come from far away.
static inline void atl_winograd_prefetch(
    const float *panel, int64_t floats, int64_t slice, int64_t slices) {
    const int64_t line = ATL_DNNL_ALIGNMENT / (int64_t)sizeof(float);
    int64_t end = floats * (slice + 1) / slices;
    for (int64_t i = floats * slice / slices; i < end; i += line) {
        __builtin_prefetch(panel + i, 0, 2);
    }
}

/// Multiplies the chunk's tiles with the weights of one position, for a range of columns.
static void atl_winograd_multiply(
    const atl_winograd_work *work, const atl_winograd_chunk *chunk, int64_t position,
    int64_t first_column, int64_t end_column) {
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_tile_kernel *kernel = winograd->kernel;
    const int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    const float *left = chunk->transformed + position * winograd->position_stride;
    float *right = chunk->products + position * winograd->product_position_stride;
    const float *weights = work->weights
        + (chunk->first_branch * square + position) * winograd->position_weights;
    float *results[ATL_MAX_TILE_ROWS];
    atl_tile tile = {.row_stride = winograd->tile_stride, .c = results};
    const int64_t part = atl_ceil_divide(
        winograd->depth, atl_ceil_divide(winograd->depth, ATL_BLOCK_DEPTH));
    for (int64_t first = 0; first < winograd->depth; first += part) {
        tile.depth = atl_smaller(part, winograd->depth - first);
        tile.accumulate = first > 0;
        for (int64_t column = first_column; column < end_column; column += kernel->width) {
            int64_t rest = winograd->columns - column;
            tile.narrow = rest <= kernel->width / 2;
            tile.columns = (int)atl_smaller(rest, kernel->width);
            int panel_width = tile.narrow ? kernel->width / 2 : kernel->width;
            int step = tile.narrow ? kernel->narrow_rows : kernel->rows;
            tile.b = weights + column * winograd->depth + first * panel_width;
            const float *next = column + kernel->width < end_column
                ? tile.b + kernel->width * winograd->depth
                : weights + first_column * winograd->depth + (first + tile.depth) * kernel->width;
            const int64_t steps = atl_ceil_divide(chunk->tiles, step);
            for (int64_t row = 0; row < chunk->tiles; row += step) {
                atl_winograd_prefetch(next, tile.depth * panel_width, row / step, steps);
                tile.rows = (int)atl_smaller(step, chunk->tiles - row);
                tile.a = left + row * winograd->tile_stride + first;
                for (int r = 0; r < tile.rows; r++) {
                    results[r] = right + (row + r) * winograd->product_stride + column;
                }
                kernel->run(&tile);
            }
        }
    }
}

// MARK: Chunks of a thread

static atl_winograd_chunk atl_winograd_chunk_of(
    const atl_winograd *winograd, int64_t index, float *scratch) {
    atl_winograd_chunk chunk = {
        .first_tile = index * winograd->chunk,
        .tiles = atl_smaller(winograd->chunk, winograd->tiles - index * winograd->chunk),
        .branches = winograd->branches,
        .transformed = scratch,
    };
    int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    int64_t kept = winograd->shares_chunks ? winograd->positions : square;
    chunk.products = scratch + kept * winograd->position_stride;
    return chunk;
}

static void atl_winograd_own_chunks(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const int square = winograd->family->side * winograd->family->side;
    const int groups = winograd->summed ? 1 : winograd->branches;
    float *scratch = work->scratchpad + thread * winograd->chunk_floats;
    int64_t count = atl_ceil_divide(winograd->tiles, winograd->chunk);
    int64_t end = count * (thread + 1) / thread_count;
    for (int64_t index = count * thread / thread_count; index < end; index++) {
        atl_winograd_chunk chunk = atl_winograd_chunk_of(winograd, index, scratch);
        chunk.branches = winograd->branches / groups;
        for (int group = 0; group < groups; group++) {
            chunk.first_branch = group;
            for (int64_t tile = 0; tile < chunk.tiles; tile++) {
                for (int branch = 0; branch < chunk.branches; branch++) {
                    atl_winograd_begin(work, &chunk, tile, group + branch);
                }
            }
            for (int position = 0; position < square; position++) {
                atl_winograd_multiply(work, &chunk, position, 0, winograd->columns);
            }
            for (int64_t tile = 0; tile < chunk.tiles; tile++) {
                atl_winograd_finish(work, &chunk, tile, group);
            }
        }
    }
}

// MARK: Chunks that threads share

static void atl_winograd_transform_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    atl_winograd_chunk chunk = atl_winograd_chunk_of(winograd, work->chunk, work->scratchpad);
    int64_t count = chunk.tiles * winograd->branches, end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        atl_winograd_begin(
            work, &chunk, i / winograd->branches, (int)(i % winograd->branches));
    }
}

static void atl_winograd_multiply_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const int width = winograd->kernel->width;
    atl_winograd_chunk chunk = atl_winograd_chunk_of(winograd, work->chunk, work->scratchpad);
    int64_t panels = atl_ceil_divide(winograd->columns, width);
    int64_t parts = atl_smaller(panels, thread_count);
    int64_t count = winograd->positions * parts, end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        int64_t part = i % parts;
        atl_winograd_multiply(
            work, &chunk, i / parts, panels * part / parts * width,
            atl_smaller(panels * (part + 1) / parts * width, winograd->columns));
    }
}

static void atl_winograd_finish_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    atl_winograd_chunk chunk = atl_winograd_chunk_of(winograd, work->chunk, work->scratchpad);
    int64_t parts = winograd->summed ? 1 : winograd->branches;
    int64_t count = chunk.tiles * parts, end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        atl_winograd_finish(work, &chunk, i / parts, (int)(i % parts));
    }
}

void atl_winograd_packed_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    const atl_winograd *winograd = convolution->winograd;
    bool forward = convolution->kind == ATL_DNNL_FORWARD;
    atl_winograd_work work = {
        .convolution = convolution,
        .pictures = forward ? tensors->source : tensors->destination,
        .weights = tensors->weights,
        .bias = tensors->bias,
        .result = forward ? tensors->destination : tensors->source,
        .scratchpad = tensors->scratchpad,
    };
    if (!winograd->shares_chunks) {
        atl_parallel(convolution->threads, atl_winograd_own_chunks, &work);
        return;
    }
    for (; work.chunk * winograd->chunk < winograd->tiles; work.chunk++) {
        atl_parallel(convolution->threads, atl_winograd_transform_share, &work);
        atl_parallel(convolution->threads, atl_winograd_multiply_share, &work);
        atl_parallel(convolution->threads, atl_winograd_finish_share, &work);
    }
}
