// Weight gradients by Winograd's algorithm: the sizes of all parts.
#include "winograd_weights.h"

#include <stdio.h>
#include <stdlib.h>

#include "patches.h"

const atl_winograd_family *atl_winograd_weights_family(const atl_dnnl_geometry *g) {
    static const int candidates[2][2] = {
        {ATL_WINOGRAD_43, ATL_WINOGRAD_23}, {ATL_WINOGRAD_42, ATL_WINOGRAD_22}};
    bool square = g->kh == g->kw && g->stride_h == g->stride_w && g->dilation_h == 1
        && g->dilation_w == 1 && g->groups == 1;
    bool dense = square && g->stride_h == 1 && g->kh == 3;
    bool strided = square && g->stride_h == 2 && (g->kh == 4 || g->kh == 3);
    if (!dense && !strided) return NULL;
    const atl_winograd_family *best = NULL;
    int64_t least = 0;
    for (int i = 0; i < 2; i++) {
        const atl_winograd_family *family = atl_winograd_family_here(candidates[strided][i]);
        int64_t products = atl_ceil_divide(g->oh, family->outputs)
            * atl_ceil_divide(g->ow, family->outputs) * family->side * family->side;
        if (best != NULL && products >= least) continue;
        best = family;
        least = products;
    }
    return best;
}

bool atl_winograd_weights_pay(
    const atl_dnnl_geometry *g, atl_dnnl_precision precision) {
    const atl_winograd_family *family = atl_winograd_weights_family(g);
    // The chunks of more channels than this leave the cache.
    if (family == NULL || g->c > 2048) return false;
    const atl_tile_kernel *kernel = atl_tile_kernel_here();
    const int64_t outputs = atl_ceil_divide(g->o, kernel->rows) * kernel->rows;
    const int64_t inputs = atl_ceil_divide(g->c, kernel->width) * kernel->width;
    const int64_t tiles = g->n * atl_ceil_divide(g->oh, family->outputs)
        * atl_ceil_divide(g->ow, family->outputs);
    // In multiplications: an element's transform is worth 16 of them, and a sum's 18.
    int64_t sums = family->side * family->side * g->stride_h * g->stride_w;
    double cost = (double)sums
        * ((double)tiles * (double)(inputs * outputs + 16 * (inputs + outputs))
           + 18.0 * (double)(inputs * outputs));
    double direct = (double)(g->n * g->oh * g->ow * g->kh * g->kw)
        * (double)(g->c * atl_larger(g->o, 8));
    // How much longer the best of the others takes for a multiplication, as measured for AVX2.
    double pace = 1.2;
    // Not measured: oneDNN is near the peak with AVX-512, and twice as fast in bfloat16.
    if (atl_dnnl_supports_bfloat16()) pace = precision == ATL_DNNL_BFLOAT16 ? 0.45 : 0.9;
    return cost < pace * direct;
}

/// The panels of rows in a range: of at most `floats` sums, if it can be, where `tiles` tiles of
/// output channels are to be divided.
static int64_t atl_range_panels(
    const atl_winograd_weights *winograd, int64_t tiles, int64_t floats) {
    int64_t panels = atl_ceil_divide(tiles, ATL_ROW_TILES);
    int64_t panel_floats = winograd->positions * winograd->panels * winograd->kernel->width
        * ATL_ROW_TILES * winograd->kernel->rows;
    return atl_even_part(panels, atl_larger(1, floats / panel_floats));
}

/// The tiles of a chunk, of at most `tiles`, and `floats` transformed if it can be.
static int64_t atl_chunk_tiles(
    const atl_winograd_weights *winograd, int64_t range_panels, int64_t tiles, int64_t floats) {
    int64_t tile_floats = winograd->positions
        * (winograd->panels * winograd->kernel->width
           + range_panels * ATL_ROW_TILES * winograd->kernel->rows);
    int64_t most = atl_smaller(tiles, floats / tile_floats);
    return atl_even_part(winograd->tiles, atl_larger(ATL_LEAST_TILES, most));
}

/// Sets the sizes of chunks and ranges; returns the panels of rows in a range. Chunks set the order
/// of the sums, and so do not depend on the threads; ranges may.
static int64_t atl_divide_work(atl_winograd_weights *winograd, int64_t threads) {
    int64_t panels = atl_range_panels(winograd, winograd->row_tiles, ATL_RANGE_FLOATS);
    int64_t tiles = winograd->row_tiles;
    winograd->chunk =
        atl_chunk_tiles(winograd, panels, ATL_ONLY_CHUNK_TILES, ATL_ONLY_CHUNK_FLOATS);
    winograd->lanes = 1;
    if (winograd->chunk == winograd->tiles) {
        tiles = atl_ceil_divide(winograd->row_tiles, threads);
        panels = atl_range_panels(winograd, tiles, ATL_RANGE_FLOATS);
    } else {
        panels = atl_range_panels(winograd, tiles, ATL_LONG_RANGE_FLOATS);
        // Not one chunk again, whatever the range: the work is shared otherwise then.
        winograd->chunk = atl_smaller(
            winograd->chunk,
            atl_chunk_tiles(winograd, panels, ATL_MOST_TILES, ATL_CHUNK_FLOATS));
        int64_t sums = winograd->positions * winograd->panels * winograd->kernel->width
            * winograd->row_tiles * winograd->kernel->rows;
        winograd->lanes = atl_smaller(
            atl_ceil_divide(winograd->tiles, winograd->chunk),
            sums <= ATL_FEW_SUMS ? ATL_MOST_LANES : ATL_LEAST_LANES);
    }
    winograd->range_tiles = atl_smaller(tiles, panels * ATL_ROW_TILES);
    return panels;
}

/// Sizes of chunks, ranges, panels and sums, and where they lie.
static void atl_winograd_weights_measure(atl_dnnl_convolution *convolution) {
    atl_winograd_weights *winograd = convolution->winograd_weights;
    const atl_dnnl_geometry *g = &convolution->geometry;
    const int64_t rows = winograd->kernel->rows, width = winograd->kernel->width;
    winograd->positions = winograd->family->side * winograd->family->side;
    winograd->stride = g->stride_h;
    winograd->tiles_y = atl_ceil_divide(g->oh, winograd->family->outputs);
    winograd->tiles_x = atl_ceil_divide(g->ow, winograd->family->outputs);
    winograd->tiles = g->n * winograd->tiles_y * winograd->tiles_x;
    winograd->phase_panels = atl_ceil_divide(g->c, width);
    winograd->panels = winograd->stride * winograd->stride * winograd->phase_panels;
    winograd->row_tiles = atl_ceil_divide(g->o, rows);

    const int64_t threads = convolution->threads;
    const int64_t range_panels = atl_divide_work(winograd, threads);
    const int64_t row_width = ATL_ROW_TILES * rows;
    const bool only = winograd->chunk == winograd->tiles;
    const bool apart = !only && winograd->lanes % threads == 0;

    // A line more than there are tiles, so that equal tiles of neighbouring positions do not fall
    // on one line of the cache.
    winograd->source_step = (winograd->chunk + 1) * width;
    winograd->gradient_step = winograd->chunk * row_width + 16;
    winograd->sum_step = winograd->panels * winograd->range_tiles * rows * width + 16;
    winograd->gradient_floats = range_panels * winograd->positions * winograd->gradient_step;
    winograd->sum_floats = winograd->positions * winograd->sum_step;
    winograd->source_floats = winograd->panels * winograd->positions * winograd->source_step;
    winograd->gradient_offset = winograd->source_floats * (apart ? threads : 1);
    winograd->sum_offset = winograd->gradient_offset
        + winograd->gradient_floats * (only || apart ? threads : 1);
    int64_t floats =
        winograd->sum_offset + winograd->sum_floats * (only ? threads : winograd->lanes);
    convolution->scratchpad_bytes = (size_t)floats * sizeof(float);
}

atl_dnnl_code atl_winograd_weights_create(
    atl_dnnl_convolution *convolution, atl_dnnl_error *error) {
    const atl_dnnl_geometry *g = &convolution->geometry;
    const atl_winograd_family *family = atl_winograd_weights_family(g);
    if (family == NULL) {
        return atl_fail(
            error, ATL_DNNL_UNSUPPORTED,
            "Winograd's weight gradient is for dense kernels of 3x3, or 4x4 at stride 2");
    }
    atl_winograd_weights *winograd = calloc(1, sizeof *winograd);
    if (winograd == NULL) {
        return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a convolution");
    }
    winograd->kernel = atl_tile_kernel_here();
    winograd->family = family;
    convolution->winograd_weights = winograd;
    atl_winograd_weights_measure(convolution);
    convolution->identity = true;
    convolution->packed_bytes = (size_t)(g->o * g->kh * g->kw * g->c) * sizeof(float);
    snprintf(convolution->key, sizeof convolution->key, "plain");
    snprintf(
        convolution->description, sizeof convolution->description, "winograd %s %s", family->name,
        winograd->kernel->name);
    return ATL_DNNL_OK;
}

void atl_winograd_weights_destroy(atl_winograd_weights *winograd) { free(winograd); }
