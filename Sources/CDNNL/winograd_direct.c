// Winograd's convolution on plain weights: they are transformed where they are multiplied.
//
// Transformed weights are up to six times the plain ones: with few tiles it takes longer to write
// them and to read them back than to multiply by them. Here a thread transforms a few panels of
// columns by a part of the depth, at all positions, into its second cache, multiplies all tiles of
// a chunk by them, and goes on to the next part; then the products of these columns are
// transformed back. The order of a sum depends on the depth alone.
#include "winograd.h"

#include "atl_parallel.h"

/// All that the threads share.
typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *pictures, *plain, *bias;
    float *result, *scratchpad;
    int64_t first_tile, tiles;
} atl_winograd_direct_work;

/// What a thread multiplies at a time: some tiles of the chunk by some panels.
typedef struct {
    int64_t first_tile, end_tile;
    int64_t first_column, end_column;
    /// Branches whose sum it is.
    int first_branch, branches;
    float *weights, *products;
} atl_winograd_direct_item;

enum {
    /// Channels that are summed at a time, at most; columns of a group of panels; and tiles of a
    /// chunk. Together they say what a position's operands take in the first cache, and what all
    /// weights of a group take in the second: 300 kB for F(4, 3).
    ATL_DIRECT_DEPTH = 64, ATL_DIRECT_COLUMNS = 32, ATL_DIRECT_CHUNK = 128,
    /// The rule.
    ATL_DIRECT_TILES = 2 * ATL_DIRECT_CHUNK, ATL_DIRECT_LEAST = 64,
};

// MARK: Shape

bool atl_winograd_direct_pays(int64_t tiles, int64_t channels, int64_t columns) {
    // With more tiles the weights, transformed again for each chunk, cost what packing does; narrow
    // layers have few weights and short sums.
    return tiles <= ATL_DIRECT_TILES && atl_smaller(channels, columns) >= ATL_DIRECT_LEAST;
}

/// In how many groups of how many panels the columns are cut, and the tiles in how many pieces.
static void atl_winograd_direct_share_out(
    atl_winograd_direct_cut *cut, int64_t panels, int64_t wanted, int64_t results,
    int64_t threads) {
    cut->panels = atl_smaller(wanted, panels);
    cut->groups = atl_ceil_divide(panels, cut->panels);
    // Single panels where that spares a thread some waiting.
    int64_t longest = atl_ceil_divide(cut->groups * results, threads) * cut->panels;
    if (atl_ceil_divide(panels * results, threads) < longest) {
        cut->panels = 1;
        cut->groups = panels;
    }
    // So few items that one too many matters: the weights are transformed for each piece.
    int64_t items = cut->groups * results;
    cut->pieces = items % threads != 0 && items < 4 * threads ? threads : 1;
}

void atl_winograd_direct_fill(atl_winograd *winograd, int threads) {
    const int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    const int64_t width = winograd->kernel->width;
    const int64_t line = ATL_DNNL_ALIGNMENT / (int64_t)sizeof(float);
    atl_winograd_direct_cut *cut = &winograd->cut;
    cut->parts = atl_ceil_divide(winograd->channels, ATL_DIRECT_DEPTH);
    cut->part = atl_ceil_divide(atl_ceil_divide(winograd->channels, cut->parts), line) * line;
    atl_winograd_direct_share_out(
        cut, atl_ceil_divide(winograd->columns, width),
        atl_larger(1, ATL_DIRECT_COLUMNS / width), winograd->summed ? 1 : winograd->branches,
        threads);
    cut->chunk = atl_ceil_divide(
        winograd->tiles, atl_ceil_divide(winograd->tiles, ATL_DIRECT_CHUNK));
    int64_t piece = atl_ceil_divide(cut->chunk, cut->pieces);
    cut->tile_step = atl_odd_lines(cut->chunk * cut->part);
    cut->weight_step = atl_odd_lines(cut->panels * width * cut->part);
    cut->product_step = atl_odd_lines(cut->panels * width * piece);
    cut->tile_floats = winograd->branches * cut->parts * square * cut->tile_step;
    cut->weight_floats = square * cut->weight_step;
    cut->product_floats = square * cut->product_step;
}

// MARK: Tiles

static void atl_winograd_direct_transform(void *context, int thread, int thread_count) {
    const atl_winograd_direct_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_direct_cut *cut = &winograd->cut;
    const int64_t square = (int64_t)winograd->family->side * winograd->family->side;
    const int64_t part_stride = square * cut->tile_step;
    int64_t count = work->tiles * winograd->branches, end = count * (thread + 1) / thread_count;
    for (int64_t i = count * thread / thread_count; i < end; i++) {
        int64_t tile = i / winograd->branches, branch = i % winograd->branches;
        atl_winograd_tile_target target = {
            work->scratchpad + branch * cut->parts * part_stride + tile * cut->part,
            cut->tile_step, cut->part, part_stride,
        };
        atl_winograd_transform_tile(
            winograd, work->pictures, work->first_tile + tile, (int)branch, &target);
    }
}

// MARK: Products

/// Transforms the weights of the item's panels for a part of the depth.
static void atl_winograd_direct_weights(
    const atl_winograd_direct_work *work, const atl_winograd_direct_item *item,
    const atl_winograd_piece *all) {
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_direct_cut *cut = &winograd->cut;
    const int width = winograd->kernel->width;
    float *to = item->weights;
    for (int64_t column = item->first_column; column < item->end_column; column += width) {
        atl_winograd_piece piece = atl_winograd_panel(winograd, column);
        piece.branch = all->branch;
        for (int64_t done = 0; done < all->channels; done += piece.channels) {
            piece.first_channel = all->first_channel + done;
            piece.channels = atl_smaller(ATL_PIECE_CHANNELS, all->channels - done);
            atl_winograd_transform_weights(
                work->convolution, work->plain, &piece, to + done * piece.panel_width,
                cut->weight_step);
        }
        to += cut->part * width;
    }
}

/// Multiplies the item's tiles with a part of the depth, at one position.
static void atl_winograd_direct_multiply(
    const atl_winograd *winograd, const atl_winograd_direct_item *item, const float *left,
    const float *right, float *products, int64_t depth, bool accumulate) {
    const atl_winograd_direct_cut *cut = &winograd->cut;
    const atl_tile_kernel *kernel = winograd->kernel;
    const int64_t stride = cut->panels * kernel->width, count = item->end_tile - item->first_tile;
    float *results[ATL_MAX_TILE_ROWS];
    atl_tile tile = {
        .depth = depth, .row_stride = cut->part, .c = results, .accumulate = accumulate};
    for (int64_t column = item->first_column; column < item->end_column;
         column += kernel->width) {
        int64_t rest = winograd->columns - column;
        tile.narrow = rest <= kernel->width / 2;
        // Columns beyond the last are multiplied by zeros.
        tile.columns = tile.narrow ? kernel->width / 2 : kernel->width;
        tile.b = right;
        int step = tile.narrow ? kernel->narrow_rows : kernel->rows;
        for (int64_t row = 0; row < count; row += step) {
            tile.rows = (int)atl_smaller(step, count - row);
            tile.a = left + row * cut->part;
            for (int r = 0; r < tile.rows; r++) results[r] = products + (row + r) * stride;
            kernel->run(&tile);
        }
        right += cut->part * kernel->width;
        products += kernel->width;
    }
}

/// The weights that an item's step wants.
static atl_winograd_piece atl_winograd_direct_piece(
    const atl_winograd *winograd, const atl_winograd_direct_item *item, int64_t step) {
    const atl_winograd_direct_cut *cut = &winograd->cut;
    atl_winograd_piece piece = {
        .branch = item->first_branch + (int)(step / cut->parts),
        .first_column = item->first_column,
        .columns = atl_smaller(item->end_column, winograd->columns) - item->first_column,
        .first_channel = step % cut->parts * cut->part,
    };
    piece.channels = atl_smaller(cut->part, winograd->channels - piece.first_channel);
    return piece;
}

/// Multiplies and transforms back; `next` is the item that comes then, or NULL.
static void atl_winograd_direct_item_run(
    const atl_winograd_direct_work *work, const atl_winograd_direct_item *item,
    const atl_winograd_direct_item *next) {
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_direct_cut *cut = &winograd->cut;
    const int square = winograd->family->side * winograd->family->side;
    // There may be fewer tiles than pieces.
    const int64_t steps = item->first_tile < item->end_tile ? item->branches * cut->parts : 0;
    for (int64_t step = 0; step < steps; step++) {
        atl_winograd_piece piece = atl_winograd_direct_piece(winograd, item, step), ahead = {0};
        if (step + 1 < steps) {
            ahead = atl_winograd_direct_piece(winograd, item, step + 1);
        } else if (next != NULL) {
            ahead = atl_winograd_direct_piece(winograd, next, 0);
        }
        const float *left = work->scratchpad + item->first_tile * cut->part
            + (item->first_branch * cut->parts + step) * square * cut->tile_step;
        atl_winograd_direct_weights(work, item, &piece);
        for (int position = 0; position < square; position++) {
            atl_winograd_prefetch_weights(
                work->convolution, work->plain, &ahead, position, square);
            atl_winograd_direct_multiply(
                winograd, item, left + position * cut->tile_step,
                item->weights + position * cut->weight_step,
                item->products + position * cut->product_step, piece.channels, step > 0);
        }
    }
    for (int64_t tile = item->first_tile; tile < item->end_tile; tile++) {
        atl_winograd_tile_source source = {
            item->products + (tile - item->first_tile) * cut->panels * winograd->kernel->width,
            cut->product_step, item->first_column,
            atl_smaller(item->end_column, winograd->columns) - item->first_column,
        };
        atl_winograd_finish_tile(
            work->convolution, &source, work->first_tile + tile, item->first_branch, work->bias,
            work->result);
    }
}

/// The item of an index: those of a piece of the tiles and of a branch come one after another.
static atl_winograd_direct_item atl_winograd_direct_item_of(
    const atl_winograd_direct_work *work, int64_t index, float *scratch) {
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_direct_cut *cut = &winograd->cut;
    const int64_t width = cut->panels * winograd->kernel->width;
    int64_t group = index % cut->groups, piece = index / cut->groups % cut->pieces;
    atl_winograd_direct_item item = {
        .first_tile = work->tiles * piece / cut->pieces,
        .end_tile = work->tiles * (piece + 1) / cut->pieces,
        .first_column = group * width,
        .end_column = atl_smaller((group + 1) * width, winograd->columns),
        .first_branch = (int)(index / cut->groups / cut->pieces),
        .branches = winograd->summed ? winograd->branches : 1,
        .weights = scratch,
        .products = scratch + cut->weight_floats,
    };
    return item;
}

static void atl_winograd_direct_share(void *context, int thread, int thread_count) {
    const atl_winograd_direct_work *work = context;
    const atl_winograd *winograd = work->convolution->winograd;
    const atl_winograd_direct_cut *cut = &winograd->cut;
    float *scratch = work->scratchpad + cut->tile_floats
        + thread * (cut->weight_floats + cut->product_floats);
    int64_t count = (winograd->summed ? 1 : winograd->branches) * cut->groups * cut->pieces;
    int64_t first = count * thread / thread_count, end = count * (thread + 1) / thread_count;
    if (first == end) return;
    atl_winograd_direct_item item = atl_winograd_direct_item_of(work, first, scratch);
    for (int64_t i = first; i < end; i++) {
        atl_winograd_direct_item next =
            atl_winograd_direct_item_of(work, atl_smaller(i + 1, end - 1), scratch);
        atl_winograd_direct_item_run(work, &item, i + 1 < end ? &next : NULL);
        item = next;
    }
}

void atl_winograd_direct_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    const atl_winograd *winograd = convolution->winograd;
    bool forward = convolution->kind == ATL_DNNL_FORWARD;
    atl_winograd_direct_work work = {
        .convolution = convolution,
        .pictures = forward ? tensors->source : tensors->destination,
        .plain = tensors->weights,
        .bias = tensors->bias,
        .result = forward ? tensors->destination : tensors->source,
        .scratchpad = tensors->scratchpad,
    };
    for (; work.first_tile < winograd->tiles; work.first_tile += work.tiles) {
        work.tiles = atl_smaller(winograd->cut.chunk, winograd->tiles - work.first_tile);
        atl_parallel(convolution->threads, atl_winograd_direct_transform, &work);
        atl_parallel(convolution->threads, atl_winograd_direct_share, &work);
    }
}
