#include "atl_movement.h"
#include "movement_internal.h"

typedef struct {
    atl_pool2d pool;
    const float *v, *x;    // what is picked or spread, and what decides
    float *dst;
} pool_job;

/// Indices [begin, end) along an axis.
typedef struct {
    int64_t begin, end;
} span;

/// Rows [y0, y1) and columns [x0, x1).
typedef struct {
    int64_t y0, y1, x0, x1;
} window;

ATL_INLINE window window_from(span ys, span xs) {
    return (window){ys.begin, ys.end, xs.begin, xs.end};
}

/// The inputs that output `o` looks at along an axis of `size`, cut to the picture.
ATL_INLINE span inputs_of(
    int64_t o, int64_t stride, int64_t padding, int64_t kernel, int64_t size) {
    const int64_t first = o * stride - padding;
    return (span){atl_max(first, 0), atl_min(first + kernel, size)};
}

/// The outputs 0 ..< out_size that look at input `i` along an axis.
ATL_INLINE span outputs_over(
    int64_t i, int64_t stride, int64_t padding, int64_t kernel, int64_t out_size) {
    const int64_t place = i + padding;
    return (span){
        atl_max(atl_ceil_div(place - kernel + 1, stride), 0),
        atl_min(place / stride + 1, out_size)};
}

#define LANES 1
#include "pooling_lanes.h"
#undef LANES
#define LANES 2
#include "pooling_lanes.h"
#undef LANES
#define LANES 3
#include "pooling_lanes.h"
#undef LANES
#define LANES 4
#include "pooling_lanes.h"
#undef LANES
#define LANES 8
#include "pooling_lanes.h"
#undef LANES
#define LANES 16
#include "pooling_lanes.h"
#undef LANES

// MARK: Rows shared out

#define DEFINE_ROWS(NAME, HEIGHT) \
    ATL_VERSIONED static void NAME##_rows(const pool_job *job, int64_t from, int64_t to) { \
        for (int64_t item = from; item < to; item += 1) { \
            BY_WIDTH(job->pool.channels, NAME##_row, job, item); \
        } \
    } \
    static void NAME##_body(void *context, int thread, int thread_count) { \
        const pool_job *job = context; \
        const int64_t items = job->pool.n * job->pool.HEIGHT; \
        NAME##_rows( \
            job, atl_share(items, thread, thread_count), \
            atl_share(items, thread + 1, thread_count)); \
    }

DEFINE_ROWS(max, out_height)
DEFINE_ROWS(gather, out_height)
DEFINE_ROWS(average, out_height)
DEFINE_ROWS(average_gradient, height)

ATL_VERSIONED static void scatter_rows(const pool_job *job, int64_t from, int64_t to) {
    const int64_t height = job->pool.height;
    while (from < to) {
        const int64_t image = from / height, first = from % height;
        const int64_t count = atl_min(height - first, to - from);
        BY_WIDTH(job->pool.channels, scatter_band, job, image, first, first + count);
        from += count;
    }
}

static void scatter_body(void *context, int thread, int thread_count) {
    const pool_job *job = context;
    const int64_t items = job->pool.n * job->pool.height;
    scatter_rows(
        job, atl_share(items, thread, thread_count), atl_share(items, thread + 1, thread_count));
}

static void run(
    const atl_pool2d *pool, const float *v, const float *x, float *dst, int64_t items,
    atl_body body, int thread_count) {
    if (pool->channels == 0 || items == 0) { return; }
    pool_job job = {*pool, v, x, dst};
    const int64_t in = pool->n * pool->height * pool->width * pool->channels;
    const int64_t out = pool->n * pool->out_height * pool->out_width * pool->channels;
    atl_parallel(atl_team_size(thread_count, items, (in + out) * 4), body, &job);
}

void atl_max_pool2d(const atl_pool2d *pool, const float *x, float *dst, int thread_count) {
    run(pool, x, x, dst, pool->n * pool->out_height, max_body, thread_count);
}

void atl_max_pool2d_gather(
    const atl_pool2d *pool, const float *v, const float *x, float *dst, int thread_count) {
    run(pool, v, x, dst, pool->n * pool->out_height, gather_body, thread_count);
}

void atl_max_pool2d_scatter(
    const atl_pool2d *pool, const float *g, const float *x, float *dst, int thread_count) {
    run(pool, g, x, dst, pool->n * pool->height, scatter_body, thread_count);
}

void atl_average_pool2d(const atl_pool2d *pool, const float *x, float *dst, int thread_count) {
    run(pool, x, x, dst, pool->n * pool->out_height, average_body, thread_count);
}

void atl_average_pool2d_gradient(
    const atl_pool2d *pool, const float *g, float *dst, int thread_count) {
    run(pool, g, g, dst, pool->n * pool->height, average_gradient_body, thread_count);
}
