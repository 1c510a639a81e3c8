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
    winograd->position_weights = atl_odd_lines(
        winograd->depth * (atl_ceil_divide(winograd->columns, width) * width));
    winograd->direct =
        atl_winograd_direct_pays(winograd->tiles, winograd->channels, winograd->columns);
    if (winograd->direct) {
        atl_winograd_direct_fill(winograd, convolution->threads);
    } else {
        atl_winograd_cut(winograd, convolution->threads);
    }
}

// MARK: Creation

/// Sizes of packed weights and scratch, and the key.
static void atl_winograd_measure(atl_dnnl_convolution *convolution) {
    const atl_winograd *winograd = convolution->winograd;
    const atl_dnnl_geometry *g = &convolution->geometry;
    convolution->identity = winograd->direct;
    if (winograd->direct) {
        const atl_winograd_direct_cut *cut = &winograd->cut;
        convolution->packed_bytes = (size_t)(g->o * g->kh * g->kw * g->c) * sizeof(float);
        convolution->scratchpad_bytes = sizeof(float)
            * (size_t)(cut->tile_floats
                       + convolution->threads * (cut->weight_floats + cut->product_floats));
        snprintf(convolution->key, sizeof convolution->key, "plain");
        return;
    }
    convolution->packed_bytes =
        (size_t)(winograd->positions * winograd->position_weights) * sizeof(float);
    convolution->scratchpad_bytes = (size_t)winograd->chunk_floats * sizeof(float)
        * (size_t)(winograd->shares_chunks ? 1 : convolution->threads);
    snprintf(
        convolution->key, sizeof convolution->key,
        "winograd %s %d %d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
        winograd->family->name, (int)convolution->kind, winograd->kernel->width, g->c, g->o, g->kh,
        g->stride_h, g->pad_top % g->stride_h, g->pad_left % g->stride_w);
}

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
    atl_winograd_measure(convolution);
    snprintf(
        convolution->description, sizeof convolution->description, "winograd %s %s",
        winograd->family->name, winograd->kernel->name);
    atl_dnnl_activation activation = convolution->post_ops.activation;
    convolution->finishes = activation == ATL_DNNL_TANH || activation == ATL_DNNL_SIGMOID;
    return ATL_DNNL_OK;
}

// MARK: Packing

typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *plain;
    float *packed;
} atl_winograd_packing;

static void atl_winograd_pack_share(void *context, int thread, int thread_count) {
    const atl_winograd_packing *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const int width = winograd->kernel->width;
    const int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    int64_t panels = atl_ceil_divide(winograd->columns, width);
    int64_t parts = atl_ceil_divide(winograd->channels, ATL_PIECE_CHANNELS);
    int64_t count = winograd->branches * panels * parts;
    int64_t end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        atl_winograd_piece piece = atl_winograd_panel(winograd, i / parts % panels * width);
        piece.branch = (int)(i / parts / panels);
        piece.first_channel = i % parts * ATL_PIECE_CHANNELS;
        piece.channels =
            atl_smaller(ATL_PIECE_CHANNELS, winograd->channels - piece.first_channel);
        int64_t row =
            piece.first_channel + (winograd->summed ? piece.branch * winograd->channels : 0);
        float *panel = work->packed + piece.first_column * winograd->depth
            + row * piece.panel_width
            + (winograd->summed ? 0 : piece.branch * square * winograd->position_weights);
        atl_winograd_transform_weights(
            work->convolution, work->plain, &piece, panel, winograd->position_weights);
    }
}

void atl_winograd_pack(const atl_dnnl_convolution *convolution, const float *plain, float *packed) {
    atl_winograd_packing work = {convolution, plain, packed};
    atl_parallel(convolution->threads, atl_winograd_pack_share, &work);
}

void atl_winograd_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    if (convolution->winograd->direct) {
        atl_winograd_direct_run(convolution, tensors);
    } else {
        atl_winograd_packed_run(convolution, tensors);
    }
}
