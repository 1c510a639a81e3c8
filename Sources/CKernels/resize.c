#include "atl_movement.h"
#include "movement_internal.h"

// A resizing and its adjoint are both: along each axis, every result is a weighted sum of a run of
// neighbouring sources. The runs ("taps") are tabled once, in exact integer arithmetic.

typedef struct {
    int64_t size;        // of the result
    int32_t *begins;     // the first source of each result
    int32_t *counts;     // how many sources it has; may be 0 in the adjoint of a reduction
    int32_t *offsets;    // where its weights begin
    float *weights;      // at most two for each place of the larger side
} taps;

// MARK: Tables

/// What output `i` takes along an axis: one or two neighbours and the weight of the second.
typedef struct {
    int32_t low;
    int32_t count;
    float second;
} tap;

ATL_INLINE tap tap_of(int32_t mode, int64_t size, int64_t out_size, int64_t i) {
    if (mode == ATL_RESIZE_NEAREST) { return (tap){(int32_t)(i * size / out_size), 1, 0.0f}; }
    // The source coordinate as a fraction over 2 * out_size, clamped.
    const int64_t under = 2 * out_size;
    const int64_t over = atl_max((2 * i + 1) * size - out_size, 0);
    const int64_t low = over / under, rest = over % under;
    if (rest == 0 || low >= size - 1) {
        return (tap){(int32_t)atl_min(low, size - 1), 1, 0.0f};
    }
    return (tap){(int32_t)low, 2, (float)((double)rest / (double)under)};
}

static int64_t taps_words(int64_t size, int64_t out_size) {
    return 5 * atl_max(size, out_size);
}

static taps place_taps(int32_t *memory, int64_t size, int64_t result_size) {
    const int64_t longest = atl_max(size, result_size);
    return (taps){
        result_size, memory, memory + longest, memory + 2 * longest,
        (float *)(memory + 3 * longest)};
}

static taps forward_taps(int32_t mode, int64_t size, int64_t out_size, int32_t *memory) {
    taps t = place_taps(memory, size, out_size);
    for (int64_t i = 0; i < out_size; i += 1) {
        const tap one = tap_of(mode, size, out_size, i);
        t.begins[i] = one.low;
        t.counts[i] = one.count;
        t.offsets[i] = (int32_t)(2 * i);
        t.weights[2 * i] = 1.0f - one.second;
        t.weights[2 * i + 1] = one.second;
    }
    return t;
}

/// The transposed table: sources rise with the output, so those of each result are neighbours.
static taps gradient_taps(int32_t mode, int64_t size, int64_t out_size, int32_t *memory) {
    taps t = place_taps(memory, out_size, size);
    for (int64_t i = 0; i < size; i += 1) {
        t.begins[i] = 0;
        t.counts[i] = 0;
    }
    for (int64_t i = 0; i < out_size; i += 1) {
        const tap one = tap_of(mode, size, out_size, i);
        for (int32_t k = 0; k < one.count; k += 1) {
            if (t.counts[one.low + k] == 0) { t.begins[one.low + k] = (int32_t)i; }
            t.counts[one.low + k] += 1;
        }
    }
    int32_t offset = 0;
    for (int64_t i = 0; i < size; i += 1) {
        t.offsets[i] = offset;
        offset += t.counts[i];
    }
    for (int64_t i = 0; i < out_size; i += 1) {
        const tap one = tap_of(mode, size, out_size, i);
        for (int32_t k = 0; k < one.count; k += 1) {
            const int32_t to = one.low + k;
            t.weights[t.offsets[to] + (int32_t)i - t.begins[to]] =
                k == 0 ? 1.0f - one.second : one.second;
        }
    }
    return t;
}

int64_t atl_resize2d_scratch_bytes(const atl_resize2d *resize) {
    return 4 * (taps_words(resize->height, resize->out_height)
        + taps_words(resize->width, resize->out_width));
}

// MARK: Rows

#define LANES 1
#include "resize_lanes.h"
#undef LANES
#define LANES 2
#include "resize_lanes.h"
#undef LANES
#define LANES 3
#include "resize_lanes.h"
#undef LANES
#define LANES 4
#include "resize_lanes.h"
#undef LANES
#define LANES 8
#include "resize_lanes.h"
#undef LANES
#define LANES 16
#include "resize_lanes.h"
#undef LANES

typedef struct {
    taps ys, xs;
    const float *src;
    float *dst;
    int64_t n, src_height, src_width, channels;
} resize_job;

ATL_VERSIONED static void copy_rows(const resize_job *job, int64_t from, int64_t to) {
    const int64_t height = job->ys.size, row = job->xs.size * job->channels;
    const int64_t src_row = job->src_width * job->channels;
    for (int64_t item = from; item < to; item += 1) {
        const int64_t y = item % height;
        float *dst = job->dst + item * row;
        if (item > from && y > 0 && job->ys.begins[y] == job->ys.begins[y - 1]) {
            memcpy(dst, dst - row, (size_t)row * 4);
            continue;
        }
        const float *src =
            job->src + (item / height * job->src_height + job->ys.begins[y]) * src_row;
        BY_WIDTH(
            job->channels, copy_pixels, src, job->xs.begins, job->xs.size, job->channels, dst);
    }
}

ATL_VERSIONED static void weigh_rows(const resize_job *job, int64_t from, int64_t to) {
    const int64_t height = job->ys.size, row = job->xs.size * job->channels;
    const int64_t src_row = job->src_width * job->channels;
    for (int64_t item = from; item < to; item += 1) {
        const float *src = job->src + item / height * job->src_height * src_row;
        BY_WIDTH(
            job->channels, weigh_row, src, src_row, &job->ys, item % height, &job->xs,
            job->channels, job->dst + item * row);
    }
}

static void copy_body(void *context, int thread, int thread_count) {
    const resize_job *job = context;
    const int64_t items = job->n * job->ys.size;
    copy_rows(
        job, atl_share(items, thread, thread_count), atl_share(items, thread + 1, thread_count));
}

static void weigh_body(void *context, int thread, int thread_count) {
    const resize_job *job = context;
    const int64_t items = job->n * job->ys.size;
    weigh_rows(
        job, atl_share(items, thread, thread_count), atl_share(items, thread + 1, thread_count));
}

static void run(resize_job *job, atl_body body, int thread_count) {
    const int64_t items = job->n * job->ys.size;
    const int64_t pixels = job->src_height * job->src_width + job->ys.size * job->xs.size;
    if (job->channels == 0 || items == 0) { return; }
    atl_parallel(
        atl_team_size(thread_count, items, job->n * pixels * job->channels * 4), body, job);
}

void atl_resize2d_forward(
    const atl_resize2d *resize, const float *x, float *dst, void *scratch, int thread_count) {
    const atl_resize2d r = *resize;
    int32_t *x_memory = (int32_t *)scratch + taps_words(r.height, r.out_height);
    resize_job job = {
        forward_taps(r.mode, r.height, r.out_height, scratch),
        forward_taps(r.mode, r.width, r.out_width, x_memory),
        x, dst, r.n, r.height, r.width, r.channels};
    run(&job, r.mode == ATL_RESIZE_NEAREST ? copy_body : weigh_body, thread_count);
}

void atl_resize2d_gradient(
    const atl_resize2d *resize, const float *g, float *dst, void *scratch, int thread_count) {
    const atl_resize2d r = *resize;
    int32_t *x_memory = (int32_t *)scratch + taps_words(r.height, r.out_height);
    resize_job job = {
        gradient_taps(r.mode, r.height, r.out_height, scratch),
        gradient_taps(r.mode, r.width, r.out_width, x_memory),
        g, dst, r.n, r.out_height, r.out_width, r.channels};
    run(&job, weigh_body, thread_count);
}
