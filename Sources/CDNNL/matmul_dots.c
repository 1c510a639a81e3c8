// Matrix products with very few columns: dot products along the depth waste no lane on columns that
// are not there.
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
