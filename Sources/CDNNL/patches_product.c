// Forward convolutions and data gradients as products of gathered patches and packed weights.
#include "patches.h"

#include <string.h>

#include "atl_parallel.h"

/// All that the threads share.
typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *pictures, *weights, *bias;
    float *result, *scratchpad;
} atl_product;

/// A block of one phase's rows by a range of columns of one group.
typedef struct {
    const atl_phase *phase;
    int64_t group;
    /// Rows are pixels of all pictures; at most `ATL_BLOCK_ROWS`.
    int64_t first_row, row_count;
    /// The first is a multiple of the panel's width.
    int64_t first_column, end_column;
} atl_block;

/// Where the block's patches and results lie.
typedef struct {
    atl_origin origins[ATL_BLOCK_ROWS];
    float *results[ATL_BLOCK_ROWS];
} atl_places;

static void atl_place(const atl_product *product, const atl_block *block, atl_places *places) {
    const atl_patches *patches = product->convolution->patches;
    const atl_phase *phase = block->phase;
    const float *base = product->pictures + block->group * patches->channels;
    int64_t in_picture = phase->count_y * phase->count_x;
    for (int64_t row = 0; row < block->row_count; row++) {
        int64_t pixel = block->first_row + row;
        int64_t picture = pixel / in_picture, rest = pixel % in_picture;
        int64_t y = phase->first_y + rest / phase->count_x * phase->stride_y;
        int64_t x = phase->first_x + rest % phase->count_x * phase->stride_x;
        int64_t place = (picture * patches->result_height + y) * patches->result_width + x;
        places->origins[row] = atl_origin_of(patches, phase, base, pixel);
        places->results[row] =
            product->result + place * patches->result_channels + block->group * patches->columns;
    }
}

/// Whether a patch is one pixel of the picture, in the same order: nothing to gather.
static bool atl_patch_is_pixel(const atl_patches *patches, const atl_phase *phase) {
    return phase->tap_count == 1 && phase->runs[0].dy == 0 && phase->runs[0].dx == 0
        && phase->step_y == 1 && phase->step_x == 1 && phase->count_y == patches->height
        && phase->count_x == patches->width;
}

/// Multiplies rows `[0, row_count)` of the left factor with the block's panels.
static void atl_multiply(
    const atl_product *product, const atl_block *block, const atl_places *places,
    const float *left, int64_t row_stride, int64_t first, int64_t depth) {
    const atl_patches *patches = product->convolution->patches;
    const atl_tile_kernel *kernel = patches->kernel;
    const float *weights = product->weights + block->group * patches->group_weights
        + block->phase->weight_offset;
    float *results[ATL_MAX_TILE_ROWS];
    atl_tile tile = {.depth = depth, .row_stride = row_stride, .accumulate = first > 0};
    tile.c = results;
    for (int64_t column = block->first_column; column < block->end_column;
         column += kernel->width) {
        int64_t rest = patches->columns - column;
        tile.narrow = rest <= kernel->width / 2;
        tile.columns = (int)atl_smaller(rest, kernel->width);
        int panel_width = tile.narrow ? kernel->width / 2 : kernel->width;
        int step = tile.narrow ? kernel->narrow_rows : kernel->rows;
        tile.b = weights + column * block->phase->depth + first * panel_width;
        for (int64_t row = 0; row < block->row_count; row += step) {
            tile.rows = (int)atl_smaller(step, block->row_count - row);
            tile.a = left + row * row_stride;
            for (int r = 0; r < tile.rows; r++) results[r] = places->results[row + r] + column;
            kernel->run(&tile);
        }
    }
}

/// Bias and the piecewise linear activations, while the block is in cache.
static void atl_block_post_ops(
    const atl_product *product, const atl_block *block, const atl_places *places) {
    const atl_dnnl_post_ops *post_ops = &product->convolution->post_ops;
    atl_dnnl_activation activation = post_ops->activation;
    if (!post_ops->bias && activation != ATL_DNNL_RELU && activation != ATL_DNNL_LEAKY_RELU) {
        return;
    }
    const int64_t columns = product->convolution->patches->columns;
    int64_t first = block->first_column, end = atl_smaller(block->end_column, columns);
    // A transposed convolution from a vector is made as a product with more columns than channels.
    int64_t channels = product->convolution->bias_channels;
    for (int64_t row = 0; row < block->row_count; row++) {
        float *values = places->results[row];
        if (post_ops->bias) {
            int64_t channel = (block->group * columns + first) % channels;
            for (int64_t c = first; c < end;) {
                int64_t stop = atl_smaller(end, c + channels - channel);
                const float *bias = product->bias + channel;
                for (int64_t i = 0; i < stop - c; i++) values[c + i] += bias[i];
                c = stop;
                channel = 0;
            }
        }
        atl_activate_linearly(values + first, end - first, activation, post_ops->slope);
    }
}

/// Points at a run of a row's patch: in the picture if it is all there, else gathered.
static const float *atl_run_of(
    const atl_patches *patches, const atl_phase *phase, const atl_origin *origin, int index,
    float *buffer) {
    const atl_run *run = &phase->runs[index];
    int64_t y = origin->y + run->dy, x = origin->x + run->dx;
    if (y >= 0 && y < patches->height && x >= 0 && x + run->taps <= patches->width) {
        return origin->picture + (y * patches->width + x) * patches->row_channels;
    }
    atl_gather_row(
        patches, phase, origin, phase->starts[index], phase->starts[index + 1],
        buffer + run->start);
    return buffer + run->start;
}

/// The block's product for very few columns.
static void atl_multiply_slim(
    const atl_product *product, const atl_block *block, const atl_places *places, float *buffer) {
    const atl_patches *patches = product->convolution->patches;
    const atl_phase *phase = block->phase;
    // Pointers first: they are aligned as the scratchpad is.
    const float **runs = (const float **)(void *)buffer;
    float *rows = (float *)(void *)(runs + ATL_DOT_ROWS * phase->run_count);
    atl_dot dot = {
        .run_count = phase->run_count,
        .starts = phase->starts,
        .a = runs,
        .b = product->weights + block->group * patches->group_weights + phase->weight_offset,
        .column_stride = phase->depth,
        .columns = (int)patches->columns,
    };
    for (int64_t row = 0; row < block->row_count; row += ATL_DOT_ROWS) {
        dot.rows = (int)atl_smaller(ATL_DOT_ROWS, block->row_count - row);
        dot.c = &places->results[row];
        for (int r = 0; r < ATL_DOT_ROWS; r++) {
            const atl_origin *origin = &places->origins[row + atl_smaller(r, dot.rows - 1)];
            for (int run = 0; run < phase->run_count; run++) {
                runs[run * ATL_DOT_ROWS + r] =
                    atl_run_of(patches, phase, origin, run, rows + r * phase->depth);
            }
        }
        patches->kernel->dot(&dot);
    }
}

static void atl_run_block(const atl_product *product, const atl_block *block, float *buffer) {
    const atl_patches *patches = product->convolution->patches;
    const atl_phase *phase = block->phase;
    atl_places places;
    atl_place(product, block, &places);
    if (phase->depth == 0) {
        int64_t end = atl_smaller(block->end_column, patches->columns);
        for (int64_t row = 0; row < block->row_count; row++) {
            memset(
                places.results[row] + block->first_column, 0,
                (size_t)(end - block->first_column) * sizeof(float));
        }
    } else if (patches->slim) {
        atl_multiply_slim(product, block, &places, buffer);
    } else {
        bool direct = atl_patch_is_pixel(patches, phase);
        int64_t part = atl_even_part(phase->depth, ATL_BLOCK_DEPTH);
        for (int64_t first = 0; first < phase->depth; first += part) {
            int64_t depth = atl_smaller(part, phase->depth - first);
            if (direct) {
                atl_multiply(
                    product, block, &places, places.origins[0].picture + first
                        + (places.origins[0].y * patches->width + places.origins[0].x)
                            * patches->row_channels,
                    patches->row_channels, first, depth);
                continue;
            }
            for (int64_t row = 0; row < block->row_count; row++) {
                atl_gather_row(
                    patches, phase, &places.origins[row], first, first + depth,
                    buffer + row * depth);
            }
            atl_multiply(product, block, &places, buffer, depth, first, depth);
        }
    }
    atl_block_post_ops(product, block, &places);
}

/// How a phase is cut into blocks.
typedef struct {
    int64_t row_blocks, column_parts, groups;
} atl_cut;

static atl_cut atl_cut_phase(
    const atl_dnnl_convolution *convolution, const atl_phase *phase, int threads) {
    const atl_patches *patches = convolution->patches;
    int64_t rows = convolution->geometry.n * phase->count_y * phase->count_x;
    int64_t panels = atl_ceil_divide(patches->columns, patches->kernel->width);
    atl_cut cut = {atl_ceil_divide(rows, ATL_BLOCK_ROWS), 1, convolution->geometry.groups};
    if (cut.row_blocks * cut.groups >= 4 * threads) {
        // Enough blocks: as many for each thread.
        cut.row_blocks = atl_smaller(
            rows, atl_ceil_divide(cut.row_blocks, threads) * threads);
    } else {
        cut.column_parts = atl_smaller(panels, threads);
    }
    return cut;
}

static void atl_product_share(void *context, int thread, int thread_count) {
    const atl_product *product = context;
    const atl_dnnl_convolution *convolution = product->convolution;
    const atl_patches *patches = convolution->patches;
    const int width = patches->kernel->width;
    float *buffer = product->scratchpad + thread * patches->thread_floats;
    for (int index = 0; index < patches->phase_count; index++) {
        const atl_phase *phase = &patches->phases[index];
        int64_t rows = convolution->geometry.n * phase->count_y * phase->count_x;
        int64_t panels = atl_ceil_divide(patches->columns, width);
        atl_cut cut = atl_cut_phase(convolution, phase, thread_count);
        int64_t count = cut.groups * cut.column_parts * cut.row_blocks;
        int64_t end = count * (thread + 1) / thread_count;
        for (int64_t i = count * thread / thread_count; i < end; i++) {
            int64_t row_block = i % cut.row_blocks;
            int64_t part = i / cut.row_blocks % cut.column_parts;
            atl_block block = {.phase = phase, .group = i / cut.row_blocks / cut.column_parts};
            block.first_row = rows * row_block / cut.row_blocks;
            block.row_count = rows * (row_block + 1) / cut.row_blocks - block.first_row;
            block.first_column = panels * part / cut.column_parts * width;
            block.end_column = panels * (part + 1) / cut.column_parts * width;
            atl_run_block(product, &block, buffer);
        }
    }
}

void atl_patches_product(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    bool forward = convolution->kind == ATL_DNNL_FORWARD;
    atl_product product = {
        .convolution = convolution,
        .pictures = forward ? tensors->source : tensors->destination,
        .weights = tensors->weights,
        .bias = tensors->bias,
        .result = forward ? tensors->destination : tensors->source,
        .scratchpad = tensors->scratchpad,
    };
    atl_parallel(convolution->threads, atl_product_share, &product);
}
