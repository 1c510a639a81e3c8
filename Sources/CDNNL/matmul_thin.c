// Thin matrix products. Very few columns: dot products along the depth waste no lane on columns
// that are not there. Little depth: the result is written once, row by row, and that is nearly all.
#include "matmul_tiles.h"

/// The right factor's columns, each in one piece.
static const float *atl_dot_columns(const atl_tiles *tiles, const atl_tiles_part *part) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    if (s->transpose_b || s->n == 1) return part->b;
    for (int64_t column = 0; column < s->n; column++) {
        float *packed = part->scratchpad + column * s->k;
        for (int64_t k = 0; k < s->k; k++) packed[k] = part->b[k * s->n + column];
    }
    return part->scratchpad;
}

/// Bias and activation of one row of the part, in place.
static void atl_dots_finish(
    const atl_tiles *tiles, const atl_tiles_part *part, float *row, int64_t first, int64_t end) {
    if (part->bias != NULL) {
        for (int64_t i = first; i < end; i++) row[i] += part->bias[i];
    }
    atl_activate_linearly(
        row + first, end - first, tiles->post_ops.activation, tiles->post_ops.slope);
}

void atl_dots_part(const atl_tiles *tiles, const atl_tiles_part *part) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    if (part->first_row >= part->end_row) return;
    atl_matmul_dot dot = {
        .depth = s->k,
        .a_stride = s->k,
        .b_stride = s->k,
        .c_row_step = tiles->swapped ? 1 : s->n,
        .c_column_step = tiles->swapped ? s->m : 1,
    };
    const float *columns = atl_dot_columns(tiles, part);
    for (int64_t row = part->first_row; row < part->end_row; row += ATL_MATMUL_DOT_ROWS) {
        dot.rows = (int)atl_smaller(ATL_MATMUL_DOT_ROWS, part->end_row - row);
        dot.a = part->a + row * s->k;
        for (int64_t column = 0; column < s->n; column += ATL_MATMUL_DOT_COLUMNS) {
            dot.columns = (int)atl_smaller(ATL_MATMUL_DOT_COLUMNS, s->n - column);
            dot.b = columns + column * s->k;
            dot.c = part->result + row * dot.c_row_step + column * dot.c_column_step;
            tiles->kernel->dot(&dot);
        }
    }
    if (tiles->swapped) {
        for (int64_t row = 0; row < s->n; row++) {
            atl_dots_finish(
                tiles, part, part->result + row * s->m, part->first_row, part->end_row);
        }
    } else {
        for (int64_t row = part->first_row; row < part->end_row; row++) {
            atl_dots_finish(tiles, part, part->result + row * s->n, 0, s->n);
        }
    }
}

void atl_outer_part(const atl_tiles *tiles, const atl_tiles_part *part) {
    const atl_dnnl_matmul_shape *s = &tiles->shape;
    const atl_matmul_kernel *kernel = tiles->kernel;
    int64_t first = part->first_column, columns = part->end_column - first;
    if (columns <= 0 || part->first_row >= part->end_row) return;
    int64_t width = atl_ceil_divide(columns, kernel->lanes) * kernel->lanes;
    int64_t b_stride = s->transpose_b ? s->k : s->n, a_stride = s->transpose_a ? s->m : s->k;
    (s->transpose_b ? kernel->transpose_panel : kernel->copy_panel)(
        part->scratchpad, part->b + atl_element(0, first, b_stride, s->transpose_b), b_stride, s->k,
        (int)columns, (int)width);
    atl_matmul_outer outer = {
        .rows = part->end_row - part->first_row,
        .columns = columns,
        .depth = (int)s->k,
        .a = part->a + atl_element(part->first_row, 0, a_stride, s->transpose_a),
        .row_stride = s->transpose_a ? 1 : a_stride,
        .depth_stride = s->transpose_a ? a_stride : 1,
        .panel = part->scratchpad,
        .panel_stride = width,
        .c = part->result + part->first_row * s->n + first,
        .c_stride = s->n,
        .bias = part->bias == NULL ? NULL : part->bias + first,
        .activation = tiles->post_ops.activation,
        .slope = tiles->post_ops.slope,
    };
    kernel->outer(&outer);
}
