// The loops of pooling over one row, for vectors of LANES channels (see lanes.h).

#include "lanes.h"

ATL_INLINE void FN(max_pixel)(
    const float *x, int64_t row, int64_t channels, window w, float *dst) {
    const int empty = w.y0 >= w.y1 || w.x0 >= w.x1;
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V best = (V)(-__builtin_inff());
        if (!empty) { best = FN(load)(x + w.y0 * row + w.x0 * channels + at); }
        for (int64_t i = w.y0; i < w.y1; i += 1) {
            for (int64_t j = w.x0; j < w.x1; j += 1) {
                V value = FN(load)(x + i * row + j * channels + at);
                best = FN(choose)(FN(beats)(value, best), value, best);
            }
        }
        FN(store)(dst + at, best);
    }
}

ATL_INLINE void FN(gather_pixel)(
    const float *v, const float *x, int64_t row, int64_t channels, window w, float *dst) {
    const int empty = w.y0 >= w.y1 || w.x0 >= w.x1;
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        const int64_t first = w.y0 * row + w.x0 * channels + at;
        V best = (V)(0.0f), picked = (V)(0.0f);
        if (!empty) {
            best = FN(load)(x + first);
            picked = FN(load)(v + first);
        }
        for (int64_t i = w.y0; i < w.y1; i += 1) {
            for (int64_t j = w.x0; j < w.x1; j += 1) {
                const int64_t offset = i * row + j * channels + at;
                V value = FN(load)(x + offset);
                I wins = FN(beats)(value, best);
                best = FN(choose)(wins, value, best);
                picked = FN(choose)(wins, FN(load)(v + offset), picked);
            }
        }
        FN(store)(dst + at, picked);
    }
}

/// Adds `g` at the place of the largest, to the window's rows [from, to) of `dst`.
ATL_INLINE void FN(scatter_pixel)(
    const float *g, const float *x, int64_t row, int64_t channels, window w, int64_t from,
    int64_t to, float *dst) {
    if (w.y0 >= w.y1 || w.x0 >= w.x1) { return; }
    const int32_t width = (int32_t)(w.x1 - w.x0);
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V best = FN(load)(x + w.y0 * row + w.x0 * channels + at);
        I place = (I)(0);
        for (int64_t i = w.y0; i < w.y1; i += 1) {
            for (int64_t j = w.x0; j < w.x1; j += 1) {
                V value = FN(load)(x + i * row + j * channels + at);
                I wins = FN(beats)(value, best);
                best = FN(choose)(wins, value, best);
                const int32_t here = (int32_t)(i - w.y0) * width + (int32_t)(j - w.x0);
                place = (place & ~wins) | ((I)(here) & wins);
            }
        }
        // Channels that the block before has done get 0 added.
        I lane;
        for (int k = 0; k < LANES; k += 1) { lane[k] = k; }
        V share = FN(choose)(lane >= (I)((int32_t)(done - at)), FN(load)(g + at), (V)(0.0f));
        for (int64_t i = atl_max(w.y0, from); i < atl_min(w.y1, to); i += 1) {
            for (int64_t j = w.x0; j < w.x1; j += 1) {
                float *sum = dst + i * row + j * channels + at;
                const int32_t here = (int32_t)(i - w.y0) * width + (int32_t)(j - w.x0);
                FN(store)(
                    sum, FN(load)(sum) + FN(choose)(place == (I)(here), share, (V)(0.0f)));
            }
        }
    }
}

/// The sum over a window, divided.
ATL_INLINE void FN(sum_pixel)(
    const float *x, int64_t row, int64_t channels, window w, float divisor, float *dst) {
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V sum = (V)(0.0f);
        for (int64_t i = w.y0; i < w.y1; i += 1) {
            for (int64_t j = w.x0; j < w.x1; j += 1) {
                sum += FN(load)(x + i * row + j * channels + at);
            }
        }
        FN(store)(dst + at, sum / (V)(divisor));
    }
}

// MARK: Rows of the result

ATL_INLINE void FN(max_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const float *x = job->x + item / p->out_height * p->height * p->width * p->channels;
    float *dst = job->dst + item * p->out_width * p->channels;
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        window w = window_of(p, item % p->out_height, ox);
        FN(max_pixel)(x, p->width * p->channels, p->channels, w, dst + ox * p->channels);
    }
}

ATL_INLINE void FN(gather_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const int64_t image = item / p->out_height * p->height * p->width * p->channels;
    float *dst = job->dst + item * p->out_width * p->channels;
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        window w = window_of(p, item % p->out_height, ox);
        FN(gather_pixel)(
            job->v + image, job->x + image, p->width * p->channels, p->channels, w,
            dst + ox * p->channels);
    }
}

ATL_INLINE void FN(average_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const float *x = job->x + item / p->out_height * p->height * p->width * p->channels;
    float *dst = job->dst + item * p->out_width * p->channels;
    const float divisor = (float)(p->kernel_height * p->kernel_width);
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        window w = window_of(p, item % p->out_height, ox);
        FN(sum_pixel)(
            x, p->width * p->channels, p->channels, w, divisor, dst + ox * p->channels);
    }
}

ATL_INLINE void FN(average_gradient_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const float *g = job->v + item / p->height * p->out_height * p->out_width * p->channels;
    float *dst = job->dst + item * p->width * p->channels;
    const float divisor = (float)(p->kernel_height * p->kernel_width);
    for (int64_t x = 0; x < p->width; x += 1) {
        window w = windows_over(p, item % p->height, x);
        FN(sum_pixel)(
            g, p->out_width * p->channels, p->channels, w, divisor, dst + x * p->channels);
    }
}

/// Rows [from, to) of one image's result, from every window that reaches into them.
ATL_INLINE void FN(scatter_band)(
    const pool_job *job, int64_t image, int64_t from, int64_t to) {
    const atl_pool2d *p = &job->pool;
    const int64_t row = p->width * p->channels;
    const float *x = job->x + image * p->height * row;
    const float *g = job->v + image * p->out_height * p->out_width * p->channels;
    float *dst = job->dst + image * p->height * row;
    memset(dst + from * row, 0, (size_t)((to - from) * row) * 4);
    const int64_t first = windows_over(p, from, 0).y0, last = windows_over(p, to - 1, 0).y1;
    for (int64_t oy = first; oy < last; oy += 1) {
        for (int64_t ox = 0; ox < p->out_width; ox += 1) {
            FN(scatter_pixel)(
                g + (oy * p->out_width + ox) * p->channels, x, row, p->channels,
                window_of(p, oy, ox), from, to, dst);
        }
    }
}

#undef V
#undef I
