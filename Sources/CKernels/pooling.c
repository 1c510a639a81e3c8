#include "atl_movement.h"
#include "movement_internal.h"

typedef struct {
    atl_pool2d pool;
    const float *v, *x;    // what is picked or spread, and what decides
    float *dst;
} pool_job;

/// Rows [y0, y1) and columns [x0, x1).
typedef struct {
    int64_t y0, y1, x0, x1;
} window;

/// The input that output (oy, ox) looks at, cut to the picture.
ATL_INLINE window window_of(const atl_pool2d *p, int64_t oy, int64_t ox) {
    const int64_t y = oy * p->stride_height - p->padding_top;
    const int64_t x = ox * p->stride_width - p->padding_left;
    return (window){
        atl_max(y, 0), atl_min(y + p->kernel_height, p->height),
        atl_max(x, 0), atl_min(x + p->kernel_width, p->width)};
}

/// The outputs that look at input (y, x).
ATL_INLINE window windows_over(const atl_pool2d *p, int64_t y, int64_t x) {
    const int64_t v = y + p->padding_top, u = x + p->padding_left;
    return (window){
        atl_max(atl_ceil_div(v - p->kernel_height + 1, p->stride_height), 0),
        atl_min(v / p->stride_height + 1, p->out_height),
        atl_max(atl_ceil_div(u - p->kernel_width + 1, p->stride_width), 0),
        atl_min(u / p->stride_width + 1, p->out_width)};
}

#define LANES 1
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
