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

/// One row of weighted sums: along x within each source row, then along y.
ATL_INLINE void FN(weigh_row)(
    const float *src, int64_t row, const taps *ys, int64_t y, const taps *xs, int64_t channels,
    float *dst) {
    const float *rows = src + ys->begins[y] * row, *y_weights = ys->weights + ys->offsets[y];
    for (int64_t i = 0; i < xs->size; i += 1) {
        const float *x_weights = xs->weights + xs->offsets[i];
        const float *corner = rows + xs->begins[i] * channels;
        for (int64_t done = 0; done < channels; done += LANES) {
            const int64_t at = atl_min(done, channels - LANES);
            V sum = (V)(0.0f);
            for (int64_t v = 0; v < ys->counts[y]; v += 1) {
                const float *from = corner + v * row + at;
                V partial = (V)(0.0f);
                for (int64_t u = 0; u < xs->counts[i]; u += 1) {
                    partial += FN(load)(from + u * channels) * (V)(x_weights[u]);
                }
                sum += partial * (V)(y_weights[v]);
            }
            FN(store)(dst + i * channels + at, sum);
        }
    }
}

#undef V
#undef I
