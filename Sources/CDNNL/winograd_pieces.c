// Winograd's convolution: plain weights to transformed ones, piece by piece.
#include "winograd.h"

#include <string.h>

typedef float atl_quad __attribute__((ext_vector_type(4), aligned(4)));

/// Transposes 4 x 4 elements: rows `from_stride` apart to rows `to_stride` apart.
static inline void atl_transpose_quad(
    const float *from, int64_t from_stride, float *to, int64_t to_stride) {
    atl_quad a = *(const atl_quad *)from, b = *(const atl_quad *)(from + from_stride);
    atl_quad c = *(const atl_quad *)(from + 2 * from_stride);
    atl_quad d = *(const atl_quad *)(from + 3 * from_stride);
    atl_quad first = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    atl_quad second = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    atl_quad third = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    atl_quad fourth = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(atl_quad *)to = __builtin_shufflevector(first, second, 0, 1, 4, 5);
    *(atl_quad *)(to + to_stride) = __builtin_shufflevector(first, second, 2, 3, 6, 7);
    *(atl_quad *)(to + 2 * to_stride) = __builtin_shufflevector(third, fourth, 0, 1, 4, 5);
    *(atl_quad *)(to + 3 * to_stride) = __builtin_shufflevector(third, fourth, 2, 3, 6, 7);
}

/// `to[j][i] = from[i][j]` for `rows` rows of `columns` elements.
static void atl_transpose(
    const float *from, int64_t from_stride, int64_t rows, int64_t columns, float *to,
    int64_t to_stride) {
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const float *four = from + row * from_stride;
        int64_t column = 0;
        for (; column + 4 <= columns; column += 4) {
            atl_transpose_quad(
                four + column, from_stride, to + column * to_stride + row, to_stride);
        }
        for (; column < columns; column++) {
            for (int64_t r = 0; r < 4; r++) {
                to[column * to_stride + row + r] = four[r * from_stride + column];
            }
        }
    }
    for (; row < rows; row++) {
        for (int64_t column = 0; column < columns; column++) {
            to[column * to_stride + row] = from[row * from_stride + column];
        }
    }
}

/// Copies `rows` rows of `columns` elements. Whole panels are so short that a call would cost more.
static void atl_copy_rows(
    const float *from, int64_t from_stride, int64_t rows, int64_t columns, float *to,
    int64_t to_stride) {
    enum { PANEL = 16 };
    for (int64_t row = 0; row < rows; row++, from += from_stride, to += to_stride) {
        if (columns == PANEL) {
            memcpy(to, from, PANEL * sizeof *to);
        } else {
            memcpy(to, from, (size_t)columns * sizeof *to);
        }
    }
}

atl_winograd_piece atl_winograd_panel(const atl_winograd *winograd, int64_t first_column) {
    const int width = winograd->kernel->width;
    int64_t rest = winograd->columns - first_column;
    atl_winograd_piece piece = {
        .first_column = first_column, .panel_width = rest <= width / 2 ? width / 2 : width};
    piece.columns = atl_smaller(rest, piece.panel_width);
    return piece;
}

/// The piece's weights of one kernel element as `[channels][panel width]`.
static void atl_winograd_collect(
    const atl_dnnl_convolution *convolution, const float *plain, const atl_winograd_piece *piece,
    int64_t ky, int64_t kx, float *taps) {
    const atl_dnnl_geometry *g = &convolution->geometry;
    const int width = piece->panel_width;
    const bool outside = ky < 0 || kx < 0 || ky >= g->kh || kx >= g->kw;
    if (outside || piece->columns < width) {
        memset(taps, 0, (size_t)(piece->channels * width) * sizeof *taps);
        if (outside) return;
    }
    const int64_t filter = g->kh * g->kw * g->c;
    const float *from = plain + (ky * g->kw + kx) * g->c;
    if (convolution->kind == ATL_DNNL_DATA_GRADIENT) {
        from += piece->first_channel * filter + piece->first_column;
        atl_copy_rows(from, filter, piece->channels, piece->columns, taps, width);
        return;
    }
    from += piece->first_column * filter + piece->first_channel;
    atl_transpose(from, filter, piece->columns, piece->channels, taps, width);
}

void atl_winograd_prefetch_weights(
    const atl_dnnl_convolution *convolution, const float *plain, const atl_winograd_piece *piece,
    int64_t slice, int64_t slices) {
    const atl_winograd *winograd = convolution->winograd;
    const atl_dnnl_geometry *g = &convolution->geometry;
    const int reach = winograd->family->taps;
    const int64_t filter = g->kh * g->kw * g->c;
    const int64_t line = ATL_DNNL_ALIGNMENT / (int64_t)sizeof(float);
    const bool gradient = convolution->kind == ATL_DNNL_DATA_GRADIENT;
    const atl_winograd_axis *ys = &winograd->ys[piece->branch / 2];
    const atl_winograd_axis *xs = &winograd->xs[piece->branch % 2];
    int64_t outer = gradient ? piece->first_channel : piece->first_column;
    int64_t inner = gradient ? piece->first_column : piece->first_channel;
    int64_t length = gradient ? piece->columns : piece->channels;
    int64_t runs = gradient ? piece->channels : piece->columns, count = runs * reach * reach;
    int64_t i = count * slice / slices, end = count * (slice + 1) / slices;
    while (i < end) {
        // Runs of one tap.
        int64_t tap = i / runs, first = i % runs, last = atl_smaller(runs, first + end - i);
        int64_t ky = ys->first_tap + tap / reach * ys->tap_step;
        int64_t kx = xs->first_tap + tap % reach * xs->tap_step;
        i += last - first;
        if (ky < 0 || kx < 0 || ky >= g->kh || kx >= g->kw) continue;
        const float *run = plain + (outer + first) * filter + (ky * g->kw + kx) * g->c + inner;
        for (; first < last; first++, run += filter) {
            for (int64_t k = 0; k < length; k += line) __builtin_prefetch(run + k, 0, 2);
        }
    }
}

void atl_winograd_transform_weights(
    const atl_dnnl_convolution *convolution, const float *plain, const atl_winograd_piece *piece,
    float *to, int64_t position_stride) {
    const atl_winograd *winograd = convolution->winograd;
    const atl_winograd_family *family = winograd->family;
    const int side = family->side, reach = family->taps;
    float taps[3 * 3][ATL_PIECE_CHANNELS * ATL_MAX_TILE_WIDTH];
    const float *in[3 * 3];
    float *out[ATL_WINOGRAD_SQUARE];
    const atl_winograd_axis *ys = &winograd->ys[piece->branch / 2];
    const atl_winograd_axis *xs = &winograd->xs[piece->branch % 2];
    for (int i = 0; i < reach * reach; i++) {
        atl_winograd_collect(
            convolution, plain, piece, ys->first_tap + i / reach * ys->tap_step,
            xs->first_tap + i % reach * xs->tap_step, taps[i]);
        in[i] = taps[i];
    }
    for (int i = 0; i < side * side; i++) out[i] = to + i * position_stride;
    atl_winograd_square square = {in, out, .count = piece->channels * piece->panel_width};
    family->weights(&square);
}
