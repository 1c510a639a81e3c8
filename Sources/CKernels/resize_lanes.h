// The loops of resizing over one row, for vectors of LANES channels (see lanes.h).

#include "lanes.h"

ATL_INLINE void FN(copy_pixels)(
    const float *src, const int32_t *begins, int64_t count, int64_t channels, float *dst) {
    for (int64_t i = 0; i < count; i += 1) {
        const float *from = src + begins[i] * channels;
        float *to = dst + i * channels;
        for (int64_t done = 0; done < channels; done += LANES) {
            const int64_t at = atl_min(done, channels - LANES);
            FN(store)(to + at, FN(load)(from + at));
        }
    }
}

ATL_INLINE void FN(weigh_pixel)(
    const float *src, int64_t row, int64_t channels, const float *y_weights,
    const float *x_weights, float *dst, int64_t rows, int64_t columns) {
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V sum = (V)(0.0f);
        for (int64_t v = 0; v < rows; v += 1) {
            V partial = (V)(0.0f);
            for (int64_t u = 0; u < columns; u += 1) {
                partial += FN(load)(src + v * row + u * channels + at) * (V)(x_weights[u]);
            }
            sum += partial * (V)(y_weights[v]);
        }
        FN(store)(dst + at, sum);
    }
}

/// One row of weighted sums: along x within each source row, then along y.
ATL_INLINE void FN(weigh_row)(
    const float *src, int64_t row, const taps *ys, int64_t y, const taps *xs, int64_t channels,
    float *dst) {
    const float *rows = src + ys->begins[y] * row, *y_weights = ys->weights + ys->offsets[y];
    const int32_t row_count = ys->counts[y];
    for (int64_t i = 0; i < xs->size; i += 1) {
        const float *x_weights = xs->weights + xs->offsets[i];
        const float *corner = rows + xs->begins[i] * channels;
        const int32_t column_count = xs->counts[i];
        // The inside of every bilinear picture gets loops of a constant length.
        if (row_count == 2 && column_count == 2) {
            FN(weigh_pixel)(
                corner, row, channels, y_weights, x_weights, dst + i * channels, 2, 2);
        } else {
            FN(weigh_pixel)(
                corner, row, channels, y_weights, x_weights, dst + i * channels, row_count,
                column_count);
        }
    }
}

#undef V
#undef I
