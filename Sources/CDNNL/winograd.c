// Winograd's convolution: its shape, and how weights are packed.
//
// Tiles of the picture, overlapping by r - 1, are transformed to t x t positions; at each position
// a matrix of tiles by channels is multiplied by transformed weights; the products are transformed
// back to m x m results. What a direct convolution does with m * m * r * r multiplications takes
// t * t: 4 times fewer for F(4, 3), 2.56 times for F(4, 2).
#include "winograd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atl_parallel.h"

/// What transformed tiles and products of a chunk may take together, and how many tiles are enough
/// for the weights to be read at the speed of the products. With fewer tiles for each thread than
/// the last, threads share a chunk: weights are read once, but threads wait for each other twice
/// more, which costs much where something else runs beside them.
enum { ATL_CHUNK_BYTES = 1 << 20, ATL_CHUNK_TILES = 48, ATL_OWN_TILES = 6 };

// MARK: Shape

int atl_winograd_family_of(atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *g) {
    if (kind == ATL_DNNL_WEIGHT_GRADIENT || g->groups != 1) return -1;
    if (g->dilation_h != 1 || g->dilation_w != 1 || g->kh != g->kw) return -1;
    if (g->stride_h != g->stride_w) return -1;
    if (g->kh == 3 && g->stride_h == 1) return ATL_WINOGRAD_43;
    if ((g->kh == 4 || g->kh == 3) && g->stride_h == 2) return ATL_WINOGRAD_42;
    return -1;
}

static void atl_winograd_axis_fill(
    atl_winograd_axis axes[2], bool gradient, int taps, int64_t stride, int64_t pad) {
    for (int64_t branch = 0; branch < stride; branch++) {
        atl_winograd_axis *axis = &axes[branch];
        if (gradient) {
            // Result `i * stride + branch` is reached by the taps of one parity, in reverse.
            int64_t parity = (branch + pad) % stride;
            axis->first_tap = parity + stride * (taps - 1);
            axis->tap_step = -stride;
            axis->offset = (branch + pad - parity) / stride - (taps - 1);
        } else {
            axis->first_tap = branch;
            axis->tap_step = stride;
            axis->offset = branch - pad;
        }
    }
}

static int64_t atl_odd_lines(int64_t floats) {
    const int64_t line = ATL_DNNL_ALIGNMENT / (int64_t)sizeof(float);
    return (atl_ceil_divide(floats, line) | 1) * line;
}

/// How tiles are cut into chunks, and where things lie in a chunk's scratch.
static void atl_winograd_cut(atl_winograd *winograd, int threads) {
    const int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    winograd->tile_stride = atl_odd_lines(winograd->depth);
    winograd->product_stride = atl_odd_lines(winograd->columns);
    int64_t tile_bytes =
        square * (winograd->tile_stride + winograd->product_stride) * (int64_t)sizeof(float);
    int64_t most = atl_larger(ATL_CHUNK_TILES, ATL_CHUNK_BYTES / tile_bytes);
    winograd->shares_chunks = threads > 1 && winograd->tiles < ATL_OWN_TILES * threads;
    int64_t chunks = atl_ceil_divide(winograd->tiles, most);
    // As many for each thread.
    if (!winograd->shares_chunks) chunks = atl_ceil_divide(chunks, threads) * threads;
    winograd->chunk = atl_ceil_divide(winograd->tiles, chunks);
    winograd->position_stride = atl_odd_lines(winograd->chunk * winograd->tile_stride);
    winograd->product_position_stride = atl_odd_lines(winograd->chunk * winograd->product_stride);
    int64_t kept = winograd->shares_chunks ? winograd->positions : square;
    winograd->chunk_floats =
        kept * (winograd->position_stride + winograd->product_position_stride);
}

static void atl_winograd_fill(atl_winograd *winograd, const atl_dnnl_convolution *convolution) {
    const atl_dnnl_geometry *g = &convolution->geometry;
    const bool gradient = convolution->kind == ATL_DNNL_DATA_GRADIENT;
    const atl_winograd_family *family = winograd->family;
    winograd->height = gradient ? g->oh : g->h;
    winograd->width = gradient ? g->ow : g->w;
    winograd->channels = gradient ? g->o : g->c;
    winograd->result_height = gradient ? g->h : g->oh;
    winograd->result_width = gradient ? g->w : g->ow;
    winograd->columns = gradient ? g->c : g->o;
    winograd->branches = (int)(g->stride_h * g->stride_w);
    winograd->summed = !gradient;
    winograd->step = gradient ? 1 : g->stride_h;
    winograd->result_step = gradient ? g->stride_h : 1;
    atl_winograd_axis_fill(winograd->ys, gradient, family->taps, g->stride_h, g->pad_top);
    atl_winograd_axis_fill(winograd->xs, gradient, family->taps, g->stride_w, g->pad_left);
    int64_t span = winograd->result_step * family->outputs;
    winograd->tiles_y = atl_ceil_divide(winograd->result_height, span);
    winograd->tiles_x = atl_ceil_divide(winograd->result_width, span);
    winograd->tiles = g->n * winograd->tiles_y * winograd->tiles_x;
    winograd->positions = (int64_t)family->side * family->side
        * (winograd->summed ? 1 : winograd->branches);
    winograd->depth = winograd->channels * (winograd->summed ? winograd->branches : 1);
    const int64_t width = winograd->kernel->width;
    winograd->position_weights =
        winograd->depth * (atl_ceil_divide(winograd->columns, width) * width);
    atl_winograd_cut(winograd, convolution->threads);
}

// MARK: Creation

void atl_winograd_destroy(atl_winograd *winograd) { free(winograd); }

atl_dnnl_code atl_winograd_create(atl_dnnl_convolution *convolution, atl_dnnl_error *error) {
    int family = atl_winograd_family_of(convolution->kind, &convolution->geometry);
    if (family < 0) {
        return atl_fail(
            error, ATL_DNNL_UNSUPPORTED, "no Winograd transform for this convolution");
    }
    atl_winograd *winograd = calloc(1, sizeof *winograd);
    if (winograd == NULL) {
        return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a convolution");
    }
    winograd->family = atl_winograd_family_here(family);
    winograd->kernel = atl_tile_kernel_here();
    atl_winograd_fill(winograd, convolution);
    convolution->winograd = winograd;
    convolution->identity = false;
    convolution->packed_bytes =
        (size_t)(winograd->positions * winograd->position_weights) * sizeof(float);
    convolution->scratchpad_bytes = (size_t)winograd->chunk_floats * sizeof(float)
        * (size_t)(winograd->shares_chunks ? 1 : convolution->threads);
    const atl_dnnl_geometry *g = &convolution->geometry;
    snprintf(
        convolution->key, sizeof convolution->key,
        "winograd %s %d %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
        winograd->family->name, (int)convolution->kind, winograd->kernel->width, g->c, g->o, g->kh,
        g->stride_h, g->pad_top % g->stride_h, g->pad_left % g->stride_w);
    snprintf(
        convolution->description, sizeof convolution->description, "winograd %s %s",
        winograd->family->name, winograd->kernel->name);
    atl_dnnl_activation activation = convolution->post_ops.activation;
    convolution->finishes = activation == ATL_DNNL_TANH || activation == ATL_DNNL_SIGMOID;
    return ATL_DNNL_OK;
}

// MARK: Packing

/// Channels whose weights are transformed at a time.
enum { ATL_PACK_DEPTH = 16 };

typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *plain;
    float *packed;
} atl_winograd_packing;

/// A piece of the packed weights: some of a panel's depth, at all positions of a branch.
typedef struct {
    int branch;
    int64_t first_column, columns, first_channel, channels;
    int panel_width;
} atl_winograd_piece;

/// The piece's weights of one kernel element as `[channels][panel width]`.
static void atl_winograd_collect(
    const atl_winograd_packing *work, const atl_winograd_piece *piece, int64_t ky, int64_t kx,
    float *taps) {
    const atl_dnnl_geometry *g = &work->convolution->geometry;
    const int width = piece->panel_width;
    const bool outside = ky < 0 || kx < 0 || ky >= g->kh || kx >= g->kw;
    if (outside || piece->columns < width) {
        memset(taps, 0, (size_t)(piece->channels * width) * sizeof *taps);
        if (outside) return;
    }
    const int64_t filter = g->kh * g->kw * g->c;
    const float *from = work->plain + (ky * g->kw + kx) * g->c;
    if (work->convolution->kind == ATL_DNNL_DATA_GRADIENT) {
        from += piece->first_channel * filter + piece->first_column;
        for (int64_t i = 0; i < piece->channels; i++) {
            memcpy(taps + i * width, from + i * filter, (size_t)piece->columns * sizeof *taps);
        }
        return;
    }
    from += piece->first_column * filter + piece->first_channel;
    for (int64_t column = 0; column < piece->columns; column++) {
        const float *row = from + column * filter;
        for (int64_t i = 0; i < piece->channels; i++) taps[i * width + column] = row[i];
    }
}

static void atl_winograd_pack_piece(
    const atl_winograd_packing *work, const atl_winograd_piece *piece) {
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_family *family = winograd->family;
    const int side = family->side, reach = family->taps;
    float taps[3 * 3][ATL_PACK_DEPTH * ATL_MAX_TILE_WIDTH];
    const float *in[3 * 3];
    float *out[ATL_WINOGRAD_SQUARE];
    const atl_winograd_axis *ys = &winograd->ys[piece->branch / 2];
    const atl_winograd_axis *xs = &winograd->xs[piece->branch % 2];
    for (int i = 0; i < reach * reach; i++) {
        atl_winograd_collect(
            work, piece, ys->first_tap + i / reach * ys->tap_step,
            xs->first_tap + i % reach * xs->tap_step, taps[i]);
        in[i] = taps[i];
    }
    int64_t row =
        piece->first_channel + (winograd->summed ? piece->branch * winograd->channels : 0);
    float *panel = work->packed + piece->first_column * winograd->depth + row * piece->panel_width
        + (winograd->summed ? 0 : piece->branch * side * side * winograd->position_weights);
    for (int i = 0; i < side * side; i++) out[i] = panel + i * winograd->position_weights;
    atl_winograd_square square = {in, out, .count = piece->channels * piece->panel_width};
    family->weights(&square);
}

static void atl_winograd_pack_share(void *context, int thread, int thread_count) {
    const atl_winograd_packing *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const int width = winograd->kernel->width;
    int64_t panels = atl_ceil_divide(winograd->columns, width);
    int64_t parts = atl_ceil_divide(winograd->channels, ATL_PACK_DEPTH);
    int64_t count = winograd->branches * panels * parts;
    int64_t end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        atl_winograd_piece piece = {.branch = (int)(i / parts / panels)};
        piece.first_column = i / parts % panels * width;
        int64_t rest = winograd->columns - piece.first_column;
        piece.panel_width = rest <= width / 2 ? width / 2 : width;
        piece.columns = atl_smaller(rest, piece.panel_width);
        piece.first_channel = i % parts * ATL_PACK_DEPTH;
        piece.channels =
            atl_smaller(ATL_PACK_DEPTH, winograd->channels - piece.first_channel);
        atl_winograd_pack_piece(work, &piece);
    }
}

void atl_winograd_pack(const atl_dnnl_convolution *convolution, const float *plain, float *packed) {
    atl_winograd_packing work = {convolution, plain, packed};
    atl_parallel(convolution->threads, atl_winograd_pack_share, &work);
}
