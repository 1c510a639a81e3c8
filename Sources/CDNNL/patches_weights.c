// Weight gradients as products of the destination's gradient, transposed, and gathered patches.
#include "patches.h"

#include <string.h>

#include "atl_parallel.h"

/// All that the threads share.
typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *pictures, *gradient;
    float *weights, *scratchpad;
} atl_weight_product;

/// A range of one group's output channels by a range of its patch elements.
typedef struct {
    int64_t group, first_output, end_output, first_element, end_element;
} atl_weight_block;

/// The distance of panels: one row more than they have, so that equal rows of neighbouring panels do
/// not fall on one line of the cache.
static inline int64_t atl_panel_floats(int64_t depth, int width) { return (depth + 1) * width; }

/// Moves a position to the next pixel, without divisions.
static inline void atl_advance(
    const atl_patches *patches, const atl_phase *phase, atl_origin *origin) {
    origin->x += phase->step_x;
    if (origin->x < phase->count_x * phase->step_x) return;
    origin->x = 0;
    origin->y += phase->step_y;
    if (origin->y < phase->count_y * phase->step_y) return;
    origin->y = 0;
    origin->picture += patches->height * patches->width * patches->row_channels;
}

/// Copies one row of a panel, or clears it if `from` is NULL, with a size that the compiler knows.
static inline void atl_copy_panel_row(float *to, const float *from, int width) {
    switch (from == NULL ? -width : width) {
    case 8: memcpy(to, from, 8 * sizeof *to); break;
    case 16: memcpy(to, from, 16 * sizeof *to); break;
    case 32: memcpy(to, from, 32 * sizeof *to); break;
    default: memset(to, 0, (size_t)width * sizeof *to);
    }
}

/// `atl_gather_panels` where each panel lies within one tap: no row in between.
static void atl_gather_tap_panels(
    const atl_weight_product *product, const atl_weight_block *block, int64_t first_pixel,
    int64_t count, float *panels) {
    const atl_dnnl_geometry *g = &product->convolution->geometry;
    const atl_patches *patches = product->convolution->patches;
    const atl_phase *phase = &patches->phases[0];
    const int width = patches->kernel->width;
    const float *base = product->pictures + block->group * patches->channels;
    const atl_origin start = atl_origin_of(patches, phase, base, first_pixel);
    for (int64_t element = block->first_element; element < block->end_element; element += width) {
        const atl_tap *tap = &phase->taps[element / patches->channels];
        int64_t channel = element % patches->channels;
        int64_t dy = tap->ky * g->dilation_h - g->pad_top;
        int64_t dx = tap->kx * g->dilation_w - g->pad_left;
        atl_origin origin = start;
        float *to = panels;
        for (int64_t pixel = 0; pixel < count; pixel++) {
            int64_t y = origin.y + dy, x = origin.x + dx;
            bool inside = y >= 0 && y < patches->height && x >= 0 && x < patches->width;
            int64_t place = (y * patches->width + x) * patches->row_channels + channel;
            atl_copy_panel_row(to, inside ? origin.picture + place : NULL, width);
            to += width;
            atl_advance(patches, phase, &origin);
        }
        panels += atl_panel_floats(count, width);
    }
}

/// Gathers elements of the patches of `count` pixels into panels `[count][width]`.
static void atl_gather_panels(
    const atl_weight_product *product, const atl_weight_block *block, int64_t first_pixel,
    int64_t count, float *panels, float *row) {
    const atl_patches *patches = product->convolution->patches;
    const atl_phase *phase = &patches->phases[0];
    const int width = patches->kernel->width;
    const float *base = product->pictures + block->group * patches->channels;
    int64_t elements = block->end_element - block->first_element;
    int64_t padded = atl_ceil_divide(elements, width) * width;
    for (int64_t i = elements; i < padded; i++) row[i] = 0;
    atl_origin origin = atl_origin_of(patches, phase, base, first_pixel);
    for (int64_t pixel = 0; pixel < count; pixel++) {
        atl_gather_row(
            patches, phase, &origin, block->first_element, block->end_element, row);
        float *to = panels + pixel * width;
        for (int64_t element = 0; element < padded; element += width) {
            atl_copy_panel_row(to, row + element, width);
            to += atl_panel_floats(count, width);
        }
        atl_advance(patches, phase, &origin);
    }
}

/// Copies output channels of the gradient of `count` pixels into tiles `[count][rows]`.
static void atl_pack_gradient(
    const atl_weight_product *product, const atl_weight_block *block, int64_t first_pixel,
    int64_t count, float *packed) {
    const atl_patches *patches = product->convolution->patches;
    const int rows = patches->kernel->rows;
    const int64_t channels = patches->result_channels;
    const float *base =
        product->gradient + first_pixel * channels + block->group * patches->columns;
    for (int64_t output = block->first_output; output < block->end_output; output += rows) {
        int64_t present = atl_smaller(rows, block->end_output - output);
        for (int64_t pixel = 0; pixel < count; pixel++) {
            const float *from = base + pixel * channels + output;
            for (int64_t i = 0; i < present; i++) packed[i] = from[i];
            packed += rows;
        }
    }
}

static void atl_run_weight_block(
    const atl_weight_product *product, const atl_weight_block *block, float *buffer) {
    const atl_dnnl_convolution *convolution = product->convolution;
    const atl_patches *patches = convolution->patches;
    const atl_phase *phase = &patches->phases[0];
    const atl_tile_kernel *kernel = patches->kernel;
    const int width = kernel->width;
    int64_t pixels = convolution->geometry.n * phase->count_y * phase->count_x;
    int64_t part = atl_even_part(pixels, ATL_BLOCK_DEPTH);
    float *panels = buffer;
    float *row = panels + atl_panel_floats(ATL_BLOCK_DEPTH, width) * ATL_BLOCK_PANELS;
    float *gradient = row + width * ATL_BLOCK_PANELS;
    float *results[ATL_MAX_TILE_ROWS];
    atl_tile tile = {.packed = true, .depth_stride = kernel->rows, .c = results};
    for (int64_t first = 0; first < pixels; first += part) {
        tile.depth = atl_smaller(part, pixels - first);
        tile.accumulate = first > 0;
        if (patches->channels % width == 0) {
            atl_gather_tap_panels(product, block, first, tile.depth, panels);
        } else {
            atl_gather_panels(product, block, first, tile.depth, panels, row);
        }
        atl_pack_gradient(product, block, first, tile.depth, gradient);
        for (int64_t element = block->first_element; element < block->end_element;
             element += width) {
            tile.columns = (int)atl_smaller(width, block->end_element - element);
            tile.b = panels
                + (element - block->first_element) / width * atl_panel_floats(tile.depth, width);
            tile.a = gradient;
            for (int64_t output = block->first_output; output < block->end_output;
                 output += kernel->rows) {
                tile.rows = (int)atl_smaller(kernel->rows, block->end_output - output);
                for (int r = 0; r < tile.rows; r++) {
                    results[r] = product->weights + element
                        + (block->group * patches->columns + output + r) * phase->depth;
                }
                kernel->run(&tile);
                tile.a += tile.depth * kernel->rows;
            }
        }
    }
}

static void atl_weight_share(void *context, int thread, int thread_count) {
    const atl_weight_product *product = context;
    const atl_dnnl_convolution *convolution = product->convolution;
    const atl_patches *patches = convolution->patches;
    const int width = patches->kernel->width, rows = patches->kernel->rows;
    const int64_t groups = convolution->geometry.groups, depth = patches->phases[0].depth;
    int64_t panels = atl_ceil_divide(depth, width);
    int64_t tiles = atl_ceil_divide(patches->columns, rows);
    // As many equal ranges of elements for each thread, or a few of outputs where there are not
    // enough elements.
    int64_t ranges = atl_ceil_divide(panels, ATL_BLOCK_PANELS);
    int64_t wanted = atl_ceil_divide(ranges * groups, thread_count) * thread_count;
    ranges = atl_smaller(panels, atl_larger(ranges, atl_ceil_divide(wanted, groups)));
    int64_t output_ranges =
        atl_smaller(tiles, atl_ceil_divide(thread_count, ranges * groups));
    int64_t count = groups * ranges * output_ranges;
    int64_t end = count * (thread + 1) / thread_count;
    float *buffer = product->scratchpad + thread * patches->thread_floats;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        int64_t range = i / output_ranges % ranges, output_range = i % output_ranges;
        atl_weight_block block = {
            .group = i / output_ranges / ranges,
            .first_output = tiles * output_range / output_ranges * rows,
            .end_output = atl_smaller(
                patches->columns, tiles * (output_range + 1) / output_ranges * rows),
            .first_element = panels * range / ranges * width,
            .end_element = atl_smaller(depth, panels * (range + 1) / ranges * width),
        };
        atl_run_weight_block(product, &block, buffer);
    }
}

void atl_patches_weight_gradient(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    atl_weight_product product = {
        .convolution = convolution,
        .pictures = tensors->source,
        .gradient = tensors->destination,
        .weights = tensors->weights,
        .scratchpad = tensors->scratchpad,
    };
    atl_parallel(convolution->threads, atl_weight_share, &product);
}
