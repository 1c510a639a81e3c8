// The loops of pooling over one row, for vectors of LANES channels (see lanes.h).

#include "lanes.h"

// A window's loops get `rows` and `columns` apart from the window, so that the most common sizes
// can be constants.
#define FN_BY_WINDOW(name, ...) \
    do { \
        const int64_t rows = w.y1 - w.y0, columns = w.x1 - w.x0; \
        if (rows == 2 && columns == 2) { \
            FN(name)(__VA_ARGS__, 2, 2); \
        } else if (rows == 3 && columns == 3) { \
            FN(name)(__VA_ARGS__, 3, 3); \
        } else if (rows == 1 && columns == 1) { \
            FN(name)(__VA_ARGS__, 1, 1); \
        } else { \
            FN(name)(__VA_ARGS__, atl_max(rows, 0), atl_max(columns, 0)); \
        } \
    } while (0)

ATL_INLINE void FN(max_window)(
    const float *x, int64_t row, int64_t channels, float *dst, int64_t rows, int64_t columns) {
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V best = (V)(-__builtin_inff());
        I unordered = (I)(0);
        for (int64_t i = 0; i < rows; i += 1) {
            for (int64_t j = 0; j < columns; j += 1) {
                V value = FN(load)(x + i * row + j * channels + at);
                best = FN(choose)(value > best, value, best);
                unordered |= value != value;
            }
        }
        FN(store)(dst + at, FN(choose)(unordered, (V)(__builtin_nanf("")), best));
    }
}

ATL_INLINE void FN(gather_window)(
    const float *v, const float *x, int64_t row, int64_t channels, float *dst, int64_t rows,
    int64_t columns) {
    const int empty = rows == 0 || columns == 0;
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V best = (V)(0.0f), picked = (V)(0.0f);
        if (!empty) {
            best = FN(load)(x + at);
            picked = FN(load)(v + at);
        }
        for (int64_t i = 0; i < rows; i += 1) {
            for (int64_t j = 0; j < columns; j += 1) {
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

/// The sum over a window, divided.
ATL_INLINE void FN(sum_window)(
    const float *x, int64_t row, int64_t channels, float divisor, float *dst, int64_t rows,
    int64_t columns) {
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V sum = (V)(0.0f);
        for (int64_t i = 0; i < rows; i += 1) {
            for (int64_t j = 0; j < columns; j += 1) {
                sum += FN(load)(x + i * row + j * channels + at);
            }
        }
        FN(store)(dst + at, sum / (V)(divisor));
    }
}

/// Adds `g` at the place of the largest, to the window's rows [from, to). `x` and `dst` are at the
/// window's corner.
ATL_INLINE void FN(scatter_window)(
    const float *g, const float *x, int64_t row, int64_t channels, int64_t from, int64_t to,
    float *dst, int64_t rows, int64_t columns) {
    if (rows == 0 || columns == 0) { return; }
    for (int64_t done = 0; done < channels; done += LANES) {
        const int64_t at = atl_min(done, channels - LANES);
        V best = FN(load)(x + at);
        I place = (I)(0);
        for (int64_t i = 0; i < rows; i += 1) {
            for (int64_t j = 0; j < columns; j += 1) {
                V value = FN(load)(x + i * row + j * channels + at);
                I wins = FN(beats)(value, best);
                best = FN(choose)(wins, value, best);
                place = (place & ~wins) | ((I)((int32_t)(i * columns + j)) & wins);
            }
        }
        // Channels that the block before has done get 0 added.
        I lane;
        for (int k = 0; k < LANES; k += 1) { lane[k] = k; }
        V share = FN(choose)(lane >= (I)((int32_t)(done - at)), FN(load)(g + at), (V)(0.0f));
        for (int64_t i = 0; i < rows; i += 1) {
            if (i < from || i >= to) { continue; }
            for (int64_t j = 0; j < columns; j += 1) {
                float *sum = dst + i * row + j * channels + at;
                I here = place == (I)((int32_t)(i * columns + j));
                FN(store)(sum, FN(load)(sum) + FN(choose)(here, share, (V)(0.0f)));
            }
        }
    }
}

// MARK: Rows of the result

/// The columns of windows `ox`, the rows of windows `oy`.
#define COLUMNS_OF(p, ox) \
    inputs_of(ox, (p)->stride_width, (p)->padding_left, (p)->kernel_width, (p)->width)
#define ROWS_OF(p, oy) \
    inputs_of(oy, (p)->stride_height, (p)->padding_top, (p)->kernel_height, (p)->height)

ATL_INLINE void FN(max_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const int64_t row = p->width * p->channels;
    const float *x = job->x + item / p->out_height * p->height * row;
    float *dst = job->dst + item * p->out_width * p->channels;
    const span ys = ROWS_OF(p, item % p->out_height);
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        const window w = window_from(ys, COLUMNS_OF(p, ox));
        FN_BY_WINDOW(
            max_window, x + w.y0 * row + w.x0 * p->channels, row, p->channels,
            dst + ox * p->channels);
    }
}

ATL_INLINE void FN(gather_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const int64_t row = p->width * p->channels;
    const int64_t image = item / p->out_height * p->height * row;
    float *dst = job->dst + item * p->out_width * p->channels;
    const span ys = ROWS_OF(p, item % p->out_height);
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        const window w = window_from(ys, COLUMNS_OF(p, ox));
        const int64_t corner = image + w.y0 * row + w.x0 * p->channels;
        FN_BY_WINDOW(
            gather_window, job->v + corner, job->x + corner, row, p->channels,
            dst + ox * p->channels);
    }
}

ATL_INLINE void FN(average_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const int64_t row = p->width * p->channels;
    const float *x = job->x + item / p->out_height * p->height * row;
    float *dst = job->dst + item * p->out_width * p->channels;
    const float divisor = (float)(p->kernel_height * p->kernel_width);
    const span ys = ROWS_OF(p, item % p->out_height);
    for (int64_t ox = 0; ox < p->out_width; ox += 1) {
        const window w = window_from(ys, COLUMNS_OF(p, ox));
        FN_BY_WINDOW(
            sum_window, x + w.y0 * row + w.x0 * p->channels, row, p->channels, divisor,
            dst + ox * p->channels);
    }
}

ATL_INLINE void FN(average_gradient_row)(const pool_job *job, int64_t item) {
    const atl_pool2d *p = &job->pool;
    const int64_t row = p->out_width * p->channels, stride = p->stride_width;
    const float *g = job->v + item / p->height * p->out_height * row;
    float *dst = job->dst + item * p->width * p->channels;
    const float divisor = (float)(p->kernel_height * p->kernel_width);
    const span ys = outputs_over(
        item % p->height, p->stride_height, p->padding_top, p->kernel_height, p->out_height);
    // The ends of `outputs_over` along x, stepped instead of divided.
    const int64_t lead = p->padding_left - p->kernel_width + stride;
    int64_t begin = atl_floor_div(lead, stride), begin_rest = lead - begin * stride;
    int64_t end = p->padding_left / stride + 1, end_rest = p->padding_left % stride;
    for (int64_t x = 0; x < p->width; x += 1) {
        const span xs = {atl_max(begin, 0), atl_min(end, p->out_width)};
        const window w = window_from(ys, xs);
        FN_BY_WINDOW(
            sum_window, g + w.y0 * row + w.x0 * p->channels, row, p->channels, divisor,
            dst + x * p->channels);
        begin_rest += 1;
        if (begin_rest == stride) {
            begin_rest = 0;
            begin += 1;
        }
        end_rest += 1;
        if (end_rest == stride) {
            end_rest = 0;
            end += 1;
        }
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
    const int64_t first = outputs_over(
        from, p->stride_height, p->padding_top, p->kernel_height, p->out_height).begin;
    const int64_t last = outputs_over(
        to - 1, p->stride_height, p->padding_top, p->kernel_height, p->out_height).end;
    for (int64_t oy = first; oy < last; oy += 1) {
        const span ys = ROWS_OF(p, oy);
        for (int64_t ox = 0; ox < p->out_width; ox += 1) {
            const window w = window_from(ys, COLUMNS_OF(p, ox));
            const int64_t corner = w.y0 * row + w.x0 * p->channels;
            FN_BY_WINDOW(
                scatter_window, g + (oy * p->out_width + ox) * p->channels, x + corner, row,
                p->channels, from - w.y0, to - w.y0, dst + corner);
        }
    }
}

#undef FN_BY_WINDOW
#undef COLUMNS_OF
#undef ROWS_OF
#undef V
#undef I
