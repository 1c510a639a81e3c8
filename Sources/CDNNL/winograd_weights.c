// Weight gradients by Winograd's algorithm: the adjoint of the forward pass. Tiles of the source
// and of the destination's gradient are transformed, multiplied position by position and summed
// over all tiles of all pictures, and the sums are transformed to weights.
//
// With stride 2 the source is a picture of four phases, each of which meets the same gradient: a
// phase's taps are every second one of the kernel, and its pixels every second one of the source.
//
// Tiles are summed a chunk at a time, so that the transformed chunk stays in the cache; the sums,
// large for many channels, are made a range of output channels at a time. Threads meet seldom: the
// chunks are those of a few lanes, each with sums of its own, or if one chunk has all tiles each
// thread has ranges of its own. Chunks and lanes depend on the shape alone, and so does the order
// of every sum.
#include "winograd_weights.h"

#include "atl_parallel.h"
#include "patches.h"

/// All that the threads share.
typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *source, *gradient;
    float *weights;
    /// Transformed tiles in panels, and sums: all in the scratchpad.
    float *source_panels, *gradient_panels, *sums;
    /// The chunk at hand: its first tile, and their number.
    int64_t first_tile, tile_count;
    /// Whether the chunk adds to the sums.
    bool accumulates;
    /// The range at hand: its first tile of output channels, and their number.
    int64_t first_row_tile, row_tile_count;
} atl_winograd_work;

/// A thread's share of `count` things.
typedef struct {
    int64_t first, end;
} atl_share;

static inline atl_share atl_share_of(int64_t count, int thread, int thread_count) {
    return (atl_share){count * thread / thread_count, count * (thread + 1) / thread_count};
}

// MARK: Transforms of tiles

/// A picture's pixels at the places of a tile.
typedef struct {
    const float *picture;
    int64_t height, width, channels;
    /// The tile's first pixel, its sides, and the distance of its pixels.
    int64_t y, x, side, step;
} atl_window;

/// Fills `in` with the window's pixels from `channel` on; zeros outside of the picture.
static void atl_window_pixels(const atl_window *window, int64_t channel, const float **in) {
    for (int64_t i = 0; i < window->side; i++) {
        int64_t y = window->y + i * window->step;
        const float *row = window->picture + y * window->width * window->channels + channel;
        bool inside = y >= 0 && y < window->height;
        for (int64_t j = 0; j < window->side; j++) {
            int64_t x = window->x + j * window->step;
            *in++ = inside && x >= 0 && x < window->width ? row + x * window->channels
                                                          : atl_winograd_zeros;
        }
    }
}

/// A strip of tiles of one panel, transformed to `to[position * step + tile * width]`.
typedef struct {
    atl_winograd_transform transform;
    /// Of the picture 0; `y` and `x` of the tile `(0, 0)`.
    atl_window window;
    /// Pixels from tile to tile.
    int64_t tile_step;
    int64_t first_tile, tile_count;
    int64_t channel, channel_count;
    float *to;
    int64_t step, width;
} atl_strip;

static void atl_transform_strip(const atl_winograd_weights *winograd, const atl_strip *strip) {
    const float *in[ATL_WINOGRAD_SQUARE];
    float *out[ATL_WINOGRAD_SQUARE];
    const atl_winograd_square square = {.in = in, .out = out, .count = strip->channel_count};
    const int64_t in_picture = winograd->tiles_y * winograd->tiles_x;
    atl_window window = strip->window;
    int64_t picture_floats = window.height * window.width * window.channels;
    for (int64_t i = 0; i < winograd->positions; i++) out[i] = strip->to + i * strip->step;
    for (int64_t tile = strip->first_tile; tile < strip->first_tile + strip->tile_count; tile++) {
        int64_t rest = tile % in_picture;
        window.picture = strip->window.picture + tile / in_picture * picture_floats;
        window.y = strip->window.y + rest / winograd->tiles_x * strip->tile_step;
        window.x = strip->window.x + rest % winograd->tiles_x * strip->tile_step;
        atl_window_pixels(&window, strip->channel, in);
        // The next tile's pixels: too many rows for the processor to see where they lead.
        for (int64_t i = 0; i < window.side * window.side; i++) {
            __builtin_prefetch(in[i] + strip->tile_step * window.channels);
        }
        strip->transform(&square);
        for (int64_t i = 0; i < winograd->positions; i++) out[i] += strip->width;
    }
}

static void atl_transform_source(
    const atl_winograd_work *work, int64_t panel, int64_t first, int64_t count) {
    const atl_dnnl_geometry *g = &work->convolution->geometry;
    const atl_winograd_weights *winograd = work->convolution->winograd_weights;
    const int64_t width = winograd->kernel->width;
    const int64_t phase = panel / winograd->phase_panels;
    const int64_t channel = panel % winograd->phase_panels * width;
    const atl_strip strip = {
        .transform = winograd->family->input,
        .window =
            {
                .picture = work->source,
                .height = g->h,
                .width = g->w,
                .channels = g->c,
                .y = phase / winograd->stride - g->pad_top,
                .x = phase % winograd->stride - g->pad_left,
                .side = winograd->family->side,
                .step = winograd->stride,
            },
        .tile_step = winograd->stride * winograd->family->outputs,
        .first_tile = work->first_tile + first,
        .tile_count = count,
        .channel = channel,
        .channel_count = atl_smaller(width, g->c - channel),
        .to = work->source_panels + panel * winograd->positions * winograd->source_step
            + first * width,
        .step = winograd->source_step,
        .width = width,
    };
    atl_transform_strip(winograd, &strip);
}

static void atl_transform_gradient(
    const atl_winograd_work *work, int64_t panel, int64_t first, int64_t count) {
    const atl_dnnl_geometry *g = &work->convolution->geometry;
    const atl_winograd_weights *winograd = work->convolution->winograd_weights;
    const int64_t width = ATL_ROW_TILES * winograd->kernel->rows;
    const int64_t channel = work->first_row_tile * winograd->kernel->rows + panel * width;
    const int64_t range_end =
        (work->first_row_tile + work->row_tile_count) * winograd->kernel->rows;
    const atl_strip strip = {
        .transform = winograd->family->output_adjoint,
        .window =
            {
                .picture = work->gradient,
                .height = g->oh,
                .width = g->ow,
                .channels = g->o,
                .side = winograd->family->outputs,
                .step = 1,
            },
        .tile_step = winograd->family->outputs,
        .first_tile = work->first_tile + first,
        .tile_count = count,
        .channel = channel,
        .channel_count = atl_smaller(width, atl_smaller(g->o, range_end) - channel),
        .to = work->gradient_panels
            + panel * winograd->positions * winograd->gradient_step + first * width,
        .step = winograd->gradient_step,
        .width = width,
    };
    atl_transform_strip(winograd, &strip);
}

/// A share of a chunk of the source.
static void atl_source_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const int64_t panels = work->convolution->winograd_weights->panels;
    const int64_t strips = atl_ceil_divide(work->tile_count, ATL_STRIP_TILES);
    atl_share share = atl_share_of(panels * strips, thread, thread_count);
    for (int64_t i = share.first; i < share.end; i++) {
        int64_t first = i / panels * ATL_STRIP_TILES;
        atl_transform_source(
            work, i % panels, first, atl_smaller(ATL_STRIP_TILES, work->tile_count - first));
    }
}

/// A share of a chunk of a range of the gradient.
static void atl_gradient_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const int64_t panels = atl_ceil_divide(work->row_tile_count, ATL_ROW_TILES);
    const int64_t strips = atl_ceil_divide(work->tile_count, ATL_STRIP_TILES);
    atl_share share = atl_share_of(panels * strips, thread, thread_count);
    for (int64_t i = share.first; i < share.end; i++) {
        int64_t first = i / panels * ATL_STRIP_TILES;
        atl_transform_gradient(
            work, i % panels, first, atl_smaller(ATL_STRIP_TILES, work->tile_count - first));
    }
}

static void atl_transform_share(void *context, int thread, int thread_count) {
    atl_source_share(context, thread, thread_count);
    atl_gradient_share(context, thread, thread_count);
}

// MARK: The sums

/// A share of the sums of a range: those of some panels at some positions, over the chunk's tiles.
/// Panels are multiplied as a whole: what lies beyond the last channel gives sums that nothing
/// reads.
static void atl_multiply_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd_weights *winograd = work->convolution->winograd_weights;
    const atl_tile_kernel *kernel = winograd->kernel;
    const int64_t row_width = ATL_ROW_TILES * kernel->rows;
    const int64_t depth = atl_even_part(work->tile_count, ATL_WINOGRAD_DEPTH);
    float *results[ATL_MAX_TILE_ROWS];
    atl_tile tile = {
        .depth_stride = row_width,
        .c = results,
        .rows = kernel->rows,
        .columns = kernel->width,
        .packed = true,
    };
    atl_share share =
        atl_share_of(winograd->positions * winograd->panels, thread, thread_count);
    for (int64_t i = share.first; i < share.end; i++) {
        int64_t position = i / winograd->panels, panel = i % winograd->panels;
        const float *columns =
            work->source_panels + (panel * winograd->positions + position) * winograd->source_step;
        for (int64_t first = 0; first < work->tile_count; first += depth) {
            float *sums = work->sums + position * winograd->sum_step
                + panel * winograd->range_tiles * kernel->rows * kernel->width;
            tile.depth = atl_smaller(depth, work->tile_count - first);
            tile.accumulate = work->accumulates || first > 0;
            tile.b = columns + first * kernel->width;
            for (int64_t row = 0; row < work->row_tile_count; row++) {
                tile.a = work->gradient_panels
                    + (row / ATL_ROW_TILES * winograd->positions + position)
                        * winograd->gradient_step
                    + first * row_width + row % ATL_ROW_TILES * kernel->rows;
                for (int r = 0; r < kernel->rows; r++, sums += kernel->width) results[r] = sums;
                kernel->run(&tile);
            }
        }
    }
}

/// The sums of all lanes for a vector of a position.
static const float *atl_lanes_total(
    const atl_winograd_weights *winograd, const float *sums, float *total) {
    const int64_t width = winograd->kernel->width;
    for (int64_t i = 0; i < width; i++) {
        total[i] = sums[i];
        for (int64_t lane = 1; lane < winograd->lanes; lane++) {
            total[i] += sums[lane * winograd->sum_floats + i];
        }
    }
    return total;
}

/// A share of a range's weights, from the sums.
static void atl_weights_share(void *context, int thread, int thread_count) {
    const atl_winograd_work *work = context;
    const atl_winograd_weights *winograd = work->convolution->winograd_weights;
    const atl_dnnl_geometry *g = &work->convolution->geometry;
    const int64_t rows = winograd->kernel->rows, width = winograd->kernel->width;
    const int64_t taps = winograd->family->taps;
    const int64_t first_output = work->first_row_tile * rows;
    const int64_t outputs = atl_smaller(g->o - first_output, work->row_tile_count * rows);
    const float *in[ATL_WINOGRAD_SQUARE];
    float *out[ATL_WINOGRAD_SQUARE];
    float unused[ATL_MAX_TILE_WIDTH], totals[ATL_WINOGRAD_SQUARE * ATL_MAX_TILE_WIDTH];
    atl_winograd_square square = {.in = in, .out = out};
    atl_share share = atl_share_of(outputs * winograd->panels, thread, thread_count);
    for (int64_t i = share.first; i < share.end; i++) {
        int64_t output = i / winograd->panels, panel = i % winograd->panels;
        int64_t phase = panel / winograd->phase_panels;
        int64_t channel = panel % winograd->phase_panels * width;
        square.count = atl_smaller(width, g->c - channel);
        const float *sums = work->sums
            + (panel * winograd->range_tiles * rows + output) * width;
        for (int64_t p = 0; p < winograd->positions; p++) {
            in[p] = sums + p * winograd->sum_step;
            if (winograd->lanes > 1) in[p] = atl_lanes_total(winograd, in[p], totals + p * width);
        }
        float *filter = work->weights + (first_output + output) * g->kh * g->kw * g->c + channel;
        for (int64_t tap = 0; tap < taps * taps; tap++) {
            int64_t ky = tap / taps * winograd->stride + phase / winograd->stride;
            int64_t kx = tap % taps * winograd->stride + phase % winograd->stride;
            out[tap] = ky < g->kh && kx < g->kw ? filter + (ky * g->kw + kx) * g->c : unused;
        }
        winograd->family->weights_adjoint(&square);
    }
}

/// A share of all weights, where one chunk has all tiles and the source is transformed: each thread
/// makes ranges of its own and waits for none.
static void atl_ranges_share(void *context, int thread, int thread_count) {
    atl_winograd_work work = *(const atl_winograd_work *)context;
    const atl_winograd_weights *winograd = work.convolution->winograd_weights;
    work.gradient_panels += thread * winograd->gradient_floats;
    work.sums += thread * winograd->sum_floats;
    atl_share share = atl_share_of(winograd->row_tiles, thread, thread_count);
    for (int64_t row = share.first; row < share.end; row += winograd->range_tiles) {
        work.first_row_tile = row;
        work.row_tile_count = atl_smaller(winograd->range_tiles, share.end - row);
        atl_gradient_share(&work, 0, 1);
        atl_multiply_share(&work, 0, 1);
        atl_weights_share(&work, 0, 1);
    }
}

/// The sums of a lane, over its chunks: by this thread alone, or by all of them.
static void atl_run_lane(const atl_winograd_work *shared, int64_t lane, int threads) {
    atl_winograd_work work = *shared;
    const atl_winograd_weights *winograd = work.convolution->winograd_weights;
    work.sums += lane * winograd->sum_floats;
    int64_t chunks = atl_ceil_divide(winograd->tiles, winograd->chunk);
    atl_share share = atl_share_of(chunks, (int)lane, (int)winograd->lanes);
    for (int64_t i = share.first; i < share.end; i++) {
        work.first_tile = i * winograd->chunk;
        work.tile_count = atl_smaller(winograd->chunk, winograd->tiles - work.first_tile);
        work.accumulates = i > share.first;
        atl_parallel(threads, atl_transform_share, &work);
        atl_parallel(threads, atl_multiply_share, &work);
    }
}

/// A share of the lanes: each thread has chunks of its own and waits for none.
static void atl_lanes_share(void *context, int thread, int thread_count) {
    atl_winograd_work work = *(const atl_winograd_work *)context;
    const atl_winograd_weights *winograd = work.convolution->winograd_weights;
    work.source_panels += thread * winograd->source_floats;
    work.gradient_panels += thread * winograd->gradient_floats;
    atl_share share = atl_share_of(winograd->lanes, thread, thread_count);
    for (int64_t lane = share.first; lane < share.end; lane++) atl_run_lane(&work, lane, 1);
}

void atl_winograd_weight_gradient(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    const atl_winograd_weights *winograd = convolution->winograd_weights;
    const int threads = convolution->threads;
    float *scratchpad = tensors->scratchpad;
    atl_winograd_work work = {
        .convolution = convolution,
        .source = tensors->source,
        .gradient = tensors->destination,
        .weights = tensors->weights,
        .source_panels = scratchpad,
        .gradient_panels = scratchpad + winograd->gradient_offset,
        .sums = scratchpad + winograd->sum_offset,
        .tile_count = winograd->tiles,
    };
    if (winograd->chunk == winograd->tiles) {
        atl_parallel(threads, atl_source_share, &work);
        atl_parallel(threads, atl_ranges_share, &work);
        return;
    }
    for (int64_t row = 0; row < winograd->row_tiles; row += winograd->range_tiles) {
        work.first_row_tile = row;
        work.row_tile_count = atl_smaller(winograd->range_tiles, winograd->row_tiles - row);
        if (winograd->lanes % threads == 0) {
            atl_parallel(threads, atl_lanes_share, &work);
        } else {
            for (int64_t lane = 0; lane < winograd->lanes; lane++) {
                atl_run_lane(&work, lane, threads);
            }
        }
        atl_parallel(threads, atl_weights_share, &work);
    }
}
