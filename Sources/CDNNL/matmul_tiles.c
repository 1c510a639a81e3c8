// float32 matrix products by tiles: planning, and one thread's share.
#include "matmul_tiles.h"

#include <string.h>

#include "atl_parallel.h"

enum {
    /// Terms that are summed in registers before they are added to the result.
    ATL_DEPTH_BLOCK = 256,
    /// Columns of the right factor that a thread packs at a time.
    ATL_COLUMN_BLOCK = 256,
    /// Rows of the left factor that are read again and again while they are in the nearest cache.
    ATL_STRIPE_ROWS = 24,
    /// Up to so many rows the right factor is not read often enough to be packed.
    ATL_IN_PLACE_ROWS = 12,
    /// Up to so many columns of a tall result lanes would be wasted.
    ATL_SLIM_COLUMNS = 8,
    ATL_DOT_COLUMNS_LIMIT = 4,
    ATL_DOT_DEPTH = 16,
    /// Up to such a depth a pass over the result costs more than slower tiles.
    ATL_LINEAR_DEPTH = 512,
    ATL_PANELS = ATL_COLUMN_BLOCK / 4 + 2,
};

/// Below so many operations waking other threads takes longer than they save.
static const double atl_alone_operations = 1e6;

// MARK: Planning

/// The shape of the transposed product: `c^T = b^T a^T`.
static atl_dnnl_matmul_shape atl_swapped_shape(const atl_dnnl_matmul_shape *s) {
    atl_dnnl_matmul_shape swapped = {s->batch, s->n, s->m, s->k, !s->transpose_b, !s->transpose_a};
    return swapped;
}

/// Floats rounded up to whole cache lines.
static int64_t atl_whole_lines(int64_t floats) {
    return (int64_t)(atl_aligned((size_t)floats * sizeof(float)) / sizeof(float));
}

/// Dots or tiles, and which factor is on the left.
static void atl_tiles_choose(atl_tiles *tiles) {
    atl_dnnl_matmul_shape *s = &tiles->shape;
    // A single row or column is both.
    if (s->m == 1) s->transpose_a = false;
    if (s->n == 1) s->transpose_b = true;
    bool deep = s->k >= ATL_DOT_DEPTH;
    if (s->k <= ATL_MATMUL_OUTER_DEPTH && s->n > ATL_DOT_COLUMNS_LIMIT) {
        tiles->outer = true;
    } else if (deep && !s->transpose_a && s->n <= ATL_DOT_COLUMNS_LIMIT) {
        tiles->dots = true;
    } else if (deep && s->transpose_b && s->m <= ATL_DOT_COLUMNS_LIMIT) {
        tiles->dots = tiles->swapped = true;
    } else {
        tiles->swapped = deep && s->transpose_a && s->n <= ATL_SLIM_COLUMNS && s->n < s->m
            && !tiles->post_ops.bias;
    }
    if (tiles->swapped) *s = atl_swapped_shape(s);
}

void atl_tiles_plan(
    atl_tiles *tiles, const atl_dnnl_matmul_shape *shape, const atl_dnnl_post_ops *post_ops,
    int threads, bool plain) {
    memset(tiles, 0, sizeof *tiles);
    tiles->shape = *shape;
    if (post_ops != NULL) tiles->post_ops = *post_ops;
    tiles->kernel = atl_matmul_kernel_here(plain);
    atl_tiles_choose(tiles);
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    double operations = 2.0 * (double)s->batch * (double)s->m * (double)s->n * (double)s->k;
    tiles->threads = operations < atl_alone_operations ? 1 : threads;
    if (tiles->dots) {
        bool packs = !s->transpose_b && s->n > 1;
        tiles->thread_floats = packs ? atl_whole_lines(s->n * s->k) : 0;
    } else if (tiles->outer) {
        tiles->thread_floats = atl_whole_lines(s->n) * s->k;
    } else {
        const int64_t width = 2 * tiles->kernel->lanes;
        int64_t blocks = atl_ceil_divide(s->k, ATL_DEPTH_BLOCK);
        tiles->depth_block = atl_ceil_divide(s->k, blocks);
        tiles->in_place = !s->transpose_b && s->m <= ATL_IN_PLACE_ROWS;
        tiles->column_block = ATL_COLUMN_BLOCK;
        tiles->copies_left = s->m > ATL_STRIPE_ROWS && s->n > 2 * width
            && (s->transpose_a || blocks > 1);
        int64_t columns = atl_ceil_divide(s->n, width) * width;
        columns = tiles->in_place ? width : atl_smaller(columns, ATL_COLUMN_BLOCK);
        tiles->stripe_offset = atl_whole_lines(tiles->depth_block * columns);
        tiles->thread_floats = tiles->stripe_offset;
        if (tiles->copies_left) {
            tiles->thread_floats += atl_whole_lines(tiles->depth_block * ATL_STRIPE_ROWS);
        }
    }
}

bool atl_tiles_pay(const atl_dnnl_matmul_shape *shape, const atl_dnnl_post_ops *post_ops) {
    const atl_dnnl_matmul_shape *s = shape;
    atl_tiles tiles;
    atl_tiles_plan(&tiles, shape, post_ops, 1, false);
    double operations = 2.0 * (double)s->batch * (double)s->m * (double)s->n * (double)s->k;
    // Small and thin ones: oneDNN wakes its threads for any, and has no kernel for some.
    if (operations < atl_alone_operations) return true;
    if (tiles.dots || tiles.outer || tiles.swapped) return true;
    // The right factor is read too seldom to be packed, as oneDNN does.
    if (s->m > 1 && s->m <= ATL_SLIM_COLUMNS && (!s->transpose_b || s->transpose_a)) return true;
    // Weight gradients: oneDNN is slow at packing a left factor that is transposed.
    if (s->transpose_a && !s->transpose_b && s->k <= 4096) {
        if (s->m <= ATL_IN_PLACE_ROWS || (s->m >= 128 && s->n >= 128)) return true;
    }
    // oneDNN's tiles are up to a tenth faster, but bias and ReLU are further passes there.
    atl_dnnl_activation activation = tiles.post_ops.activation;
    bool is_linear = activation == ATL_DNNL_RELU || activation == ATL_DNNL_LEAKY_RELU
        || (activation == ATL_DNNL_NO_ACTIVATION && tiles.post_ops.bias);
    return is_linear && s->k <= ATL_LINEAR_DEPTH;
}

size_t atl_tiles_scratchpad_bytes(const atl_tiles *tiles) {
    return (size_t)(tiles->thread_floats * tiles->threads) * sizeof(float);
}

// MARK: Blocks

/// A few columns of the right factor, ready for the kernel.
typedef struct {
    const float *data;
    int64_t stride, column;
    int columns, vectors;
} atl_panel;

/// A block of the depth and the columns.
typedef struct {
    int64_t first, depth;
    bool is_first, is_last;
    int panel_count;
    atl_panel panels[ATL_PANELS];
} atl_panel_block;

/// Packs the right factor's block, or points at it.
static void atl_prepare_panels(
    const atl_tiles *tiles, const atl_tiles_part *part, int64_t first_column, int64_t end_column,
    atl_panel_block *block) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    const atl_matmul_kernel *kernel = tiles->kernel;
    int64_t stride = s->transpose_b ? s->k : s->n;
    float *packed = part->scratchpad;
    block->panel_count = 0;
    for (int64_t column = first_column; column < end_column;) {
        int64_t rest = end_column - column;
        atl_panel *panel = &block->panels[block->panel_count++];
        panel->vectors = rest <= kernel->lanes ? 1 : 2;
        if (tiles->in_place && s->m <= kernel->rows / 2 && rest >= 4 * kernel->lanes) {
            panel->vectors = 4;
        }
        int width = panel->vectors * kernel->lanes;
        panel->column = column;
        panel->columns = (int)atl_smaller(rest, width);
        const float *from = part->b + atl_element(block->first, column, stride, s->transpose_b);
        if (tiles->in_place && panel->columns == width) {
            panel->data = from;
            panel->stride = stride;
        } else {
            (s->transpose_b ? kernel->transpose_panel : kernel->copy_panel)(
                packed, from, stride, block->depth, panel->columns, width);
            panel->data = packed;
            panel->stride = width;
            packed += width * block->depth;
        }
        column += panel->columns;
    }
}

/// Points `tile` at a stripe of the left factor, copied where its rows lie too far apart.
static void atl_prepare_stripe(
    const atl_tiles *tiles, const atl_tiles_part *part, const atl_panel_block *block, int64_t row,
    int64_t rows, atl_matmul_tile *tile) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    int64_t stride = s->transpose_a ? s->m : s->k;
    const float *from = part->a + atl_element(row, block->first, stride, s->transpose_a);
    tile->a = from;
    tile->row_stride = s->transpose_a ? 1 : stride;
    tile->depth_stride = s->transpose_a ? stride : 1;
    if (!tiles->copies_left) return;
    float *stripe = part->scratchpad + tiles->stripe_offset;
    tile->a = stripe;
    if (s->transpose_a) {
        tile->depth_stride = ATL_STRIPE_ROWS;
        for (int64_t k = 0; k < block->depth; k++) {
            float *to = stripe + k * ATL_STRIPE_ROWS;
            if (rows == ATL_STRIPE_ROWS) {
                memcpy(to, from + k * stride, ATL_STRIPE_ROWS * sizeof(float));
            } else {
                memcpy(to, from + k * stride, (size_t)rows * sizeof(float));
            }
        }
    } else {
        tile->row_stride = block->depth;
        for (int64_t r = 0; r < rows; r++) {
            memcpy(
                stripe + r * block->depth, from + r * stride,
                (size_t)block->depth * sizeof(float));
        }
    }
}

/// Multiplies a stripe of the left factor with the block's panels.
static void atl_multiply_stripe(
    const atl_tiles *tiles, const atl_tiles_part *part, const atl_panel_block *block, int64_t row,
    int64_t rows) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    const atl_matmul_kernel *kernel = tiles->kernel;
    atl_matmul_tile tile = {
        .depth = block->depth,
        .c_stride = tiles->swapped ? 1 : s->n,
        .c_step = tiles->swapped ? s->m : 1,
        .activation = block->is_last ? tiles->post_ops.activation : ATL_DNNL_NO_ACTIVATION,
        .slope = tiles->post_ops.slope,
        .accumulate = !block->is_first,
    };
    atl_prepare_stripe(tiles, part, block, row, rows, &tile);
    const float *a = tile.a;
    for (int i = 0; i < block->panel_count; i++) {
        const atl_panel *panel = &block->panels[i];
        tile.b = panel->data;
        tile.panel_stride = panel->stride;
        tile.columns = panel->columns;
        tile.vectors = panel->vectors;
        tile.bias = part->bias != NULL && block->is_first ? part->bias + panel->column : NULL;
        int64_t step = panel->vectors == 1
            ? ATL_MATMUL_NARROW_ROWS
            : panel->vectors == 2 ? kernel->rows : kernel->rows / 2;
        for (int64_t r = 0; r < rows; r += step) {
            tile.rows = (int)atl_smaller(step, rows - r);
            tile.a = a + r * tile.row_stride;
            tile.c = part->result + (row + r) * tile.c_stride + panel->column * tile.c_step;
            kernel->tile(&tile);
        }
    }
}

static void atl_tiles_part_run(const atl_tiles *tiles, const atl_tiles_part *part) {
    const int64_t k = tiles->shape.k;
    for (int64_t column = part->first_column; column < part->end_column;
         column += tiles->column_block) {
        int64_t end = atl_smaller(part->end_column, column + tiles->column_block);
        for (int64_t first = 0; first < k; first += tiles->depth_block) {
            atl_panel_block block = {
                .first = first, .depth = atl_smaller(tiles->depth_block, k - first)};
            block.is_first = first == 0;
            block.is_last = first + block.depth == k;
            atl_prepare_panels(tiles, part, column, end, &block);
            for (int64_t row = part->first_row; row < part->end_row; row += ATL_STRIPE_ROWS) {
                int64_t rows = atl_smaller(ATL_STRIPE_ROWS, part->end_row - row);
                atl_multiply_stripe(tiles, part, &block, row, rows);
            }
        }
    }
}

// MARK: Threads

/// How many threads share the rows, and how many the columns.
typedef struct {
    int rows, columns;
} atl_grid;

/// The grid whose largest part takes least: its products and what it must pack for them.
static atl_grid atl_tiles_grid(
    const atl_tiles *tiles, int64_t row_unit, int64_t column_unit, int threads) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    int64_t row_units = atl_ceil_divide(s->m, row_unit);
    int64_t column_units = atl_ceil_divide(s->n, column_unit);
    atl_grid best = {1, 1};
    double least = 0;
    for (int rows = threads; rows >= 1; rows--) {
        int columns = threads / rows;
        double height = (double)(atl_ceil_divide(row_units, rows) * row_unit);
        double width = (double)(atl_ceil_divide(column_units, columns) * column_unit);
        double cost = height * width + 8 * width + 4 * height;
        if (rows == threads || cost < least) {
            least = cost;
            best.rows = rows;
            best.columns = columns;
        }
    }
    return best;
}

typedef struct {
    const atl_tiles *tiles;
    const float *a, *b, *bias;
    float *result, *scratchpad;
} atl_tiles_work;

static void atl_tiles_share(void *context, int thread, int thread_count) {
    const atl_tiles_work *work = context;
    const atl_tiles *tiles = work->tiles;
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    int64_t row_unit = tiles->dots ? ATL_MATMUL_DOT_ROWS : tiles->kernel->rows;
    int64_t column_unit = tiles->dots ? s->n : 2 * tiles->kernel->lanes;
    // Whole products if there are enough of them.
    bool whole = s->batch >= 2 * thread_count;
    atl_grid grid = atl_tiles_grid(tiles, row_unit, column_unit, whole ? 1 : thread_count);
    if (!whole && thread >= grid.rows * grid.columns) return;
    int64_t first = whole ? s->batch * thread / thread_count : 0;
    int64_t end = whole ? s->batch * (thread + 1) / thread_count : s->batch;
    int64_t y = whole ? 0 : thread / grid.columns, x = whole ? 0 : thread % grid.columns;
    int64_t rows = atl_ceil_divide(s->m, row_unit), columns = atl_ceil_divide(s->n, column_unit);
    atl_tiles_part part = {.bias = tiles->post_ops.bias ? work->bias : NULL};
    part.scratchpad = work->scratchpad + thread * tiles->thread_floats;
    part.first_row = rows * y / grid.rows * row_unit;
    part.end_row = atl_smaller(s->m, rows * (y + 1) / grid.rows * row_unit);
    part.first_column = columns * x / grid.columns * column_unit;
    part.end_column = atl_smaller(s->n, columns * (x + 1) / grid.columns * column_unit);
    for (int64_t i = first; i < end; i++) {
        part.a = work->a + i * s->m * s->k;
        part.b = work->b + i * s->k * s->n;
        part.result = work->result + i * s->m * s->n;
        if (tiles->dots) {
            atl_dots_part(tiles, &part);
        } else if (tiles->outer) {
            atl_outer_part(tiles, &part);
        } else {
            atl_tiles_part_run(tiles, &part);
        }
    }
}

void atl_tiles_run(
    const atl_tiles *tiles, const float *a, const float *b, const float *bias, float *result,
    float *scratchpad) {
    atl_tiles_work work = {
        tiles, tiles->swapped ? b : a, tiles->swapped ? a : b, bias, result, scratchpad};
    atl_parallel(tiles->threads, atl_tiles_share, &work);
}
