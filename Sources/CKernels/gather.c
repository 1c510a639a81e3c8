#include "atl_movement.h"
#include "movement_internal.h"

// MARK: Rows by index

/// The position of the first index outside 0 ..< bound, or -1.
ATL_VERSIONED static int64_t first_outside(const int32_t *indices, int64_t count, int64_t bound) {
    // One comparison without a sign catches both sides, and a whole run is tested before any
    // branch.
    const uint32_t limit = (uint32_t)atl_min(bound, INT64_C(1) << 31);
    for (int64_t from = 0; from < count; from += 1024) {
        int64_t to = atl_min(count, from + 1024);
        uint32_t outside = 0;
        for (int64_t i = from; i < to; i += 1) { outside |= (uint32_t)indices[i] >= limit; }
        if (!outside) { continue; }
        for (int64_t i = from; i < to; i += 1) {
            if ((uint32_t)indices[i] >= limit) { return i; }
        }
    }
    return -1;
}

typedef struct {
    const char *table;
    const int32_t *indices;
    char *dst;
    int64_t count, row_bytes;
} gather_job;

static void gather_body(void *context, int thread, int thread_count) {
    const gather_job *job = context;
    const int64_t to = atl_share(job->count, thread + 1, thread_count);
    int64_t i = atl_share(job->count, thread, thread_count);
    if (job->row_bytes == 4) {
        const uint32_t *table = (const uint32_t *)job->table;
        uint32_t *dst = (uint32_t *)job->dst;
        for (; i < to; i += 1) { dst[i] = table[job->indices[i]]; }
        return;
    }
    for (; i < to; i += 1) {
        memcpy(
            job->dst + i * job->row_bytes, job->table + job->indices[i] * job->row_bytes,
            (size_t)job->row_bytes);
    }
}

int64_t atl_gather_rows(
    const void *table, int64_t row_count, int64_t row_bytes, const int32_t *indices,
    int64_t index_count, void *dst, int thread_count) {
    int64_t outside = first_outside(indices, index_count, row_count);
    if (outside >= 0) { return outside; }
    gather_job job = {table, indices, dst, index_count, row_bytes};
    atl_parallel(
        atl_team_size(thread_count, index_count, 2 * index_count * row_bytes), gather_body, &job);
    return -1;
}

typedef struct {
    const float *updates;
    const int32_t *indices;
    float *dst;
    int64_t count, row_count, row_size;
    int by_column;
} scatter_job;

/// Adds what falls into rows [row_from, row_to) and columns [from, to), in the order of `indices`.
ATL_VERSIONED static void scatter_region(
    const scatter_job *job, int64_t row_from, int64_t row_to, int64_t from, int64_t to) {
    const int64_t size = job->row_size;
    for (int64_t row = row_from; row < row_to; row += 1) {
        memset(job->dst + row * size + from, 0, (size_t)(to - from) * 4);
    }
    for (int64_t i = 0; i < job->count; i += 1) {
        int64_t row = job->indices[i];
        if (row < row_from || row >= row_to) { continue; }
        const float *restrict update = job->updates + i * size;
        float *restrict sum = job->dst + row * size;
        for (int64_t j = from; j < to; j += 1) { sum[j] += update[j]; }
    }
}

static void scatter_body(void *context, int thread, int thread_count) {
    const scatter_job *job = context;
    int64_t items = job->by_column ? job->row_size : job->row_count;
    int64_t from = atl_share(items, thread, thread_count);
    int64_t to = atl_share(items, thread + 1, thread_count);
    if (job->by_column) {
        scatter_region(job, 0, job->row_count, from, to);
    } else {
        scatter_region(job, from, to, 0, job->row_size);
    }
}

int64_t atl_scatter_add_rows(
    const float *updates, const int32_t *indices, int64_t index_count, int64_t row_count,
    int64_t row_size, float *dst, int thread_count) {
    int64_t outside = first_outside(indices, index_count, row_count);
    if (outside >= 0) { return outside; }
    // By columns the shares are even whatever the indices are; narrow rows are shared out whole.
    int by_column = row_size >= 64 * (int64_t)thread_count;
    scatter_job job = {updates, indices, dst, index_count, row_count, row_size, by_column};
    int64_t bytes = (2 * index_count + row_count) * row_size * 4;
    int64_t items = by_column ? row_size : row_count;
    atl_parallel(atl_team_size(thread_count, items, bytes), scatter_body, &job);
    return -1;
}

// MARK: The index of the largest

#define ARG_MAX_LANES 128

typedef struct {
    const float *src;
    int32_t *dst;
    int64_t outer, count, inner, parts;
} arg_max_job;

// Along a contiguous axis: the largest in 16 lanes and whether there is a NaN, then where it is.
// Along another: a run of neighbours side by side.
ATL_INLINE int32_t arg_max_row(const float *src, int64_t count) {
    float lanes[16];
    int32_t unordered[16] = {0};
    for (int k = 0; k < 16; k += 1) { lanes[k] = src[0]; }
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        for (int k = 0; k < 16; k += 1) {
            float x = src[i + k];
            lanes[k] = x > lanes[k] ? x : lanes[k];
            unordered[k] |= x != x;
        }
    }
    float largest = lanes[0];
    int32_t any_unordered = src[0] != src[0];
    for (int k = 0; k < 16; k += 1) {
        largest = lanes[k] > largest ? lanes[k] : largest;
        any_unordered |= unordered[k];
    }
    for (; i < count; i += 1) {
        largest = src[i] > largest ? src[i] : largest;
        any_unordered |= src[i] != src[i];
    }
    for (i = 0; i < count; i += 1) {
        if (any_unordered ? src[i] != src[i] : src[i] == largest) { return (int32_t)i; }
    }
    return 0;
}

ATL_INLINE void arg_max_columns(
    const float *src, int64_t count, int64_t inner, int64_t width, int32_t *dst) {
    float best[ARG_MAX_LANES];
    int32_t place[ARG_MAX_LANES];
    for (int64_t j = 0; j < width; j += 1) {
        best[j] = src[j];
        place[j] = 0;
    }
    for (int64_t i = 1; i < count; i += 1) {
        const float *restrict row = src + i * inner;
        for (int64_t j = 0; j < width; j += 1) {
            float x = row[j], held = best[j];
            int beats = (x > held) | ((x != x) & (held == held));
            best[j] = beats ? x : held;
            place[j] = beats ? (int32_t)i : place[j];
        }
    }
    memcpy(dst, place, (size_t)width * 4);
}

ATL_VERSIONED static void arg_max_parts(
    const arg_max_job *job, int64_t from, int64_t to) {
    const float *src = job->src;
    for (int64_t part = from; part < to; part += 1) {
        int64_t o = part / job->parts, column = part % job->parts * ARG_MAX_LANES;
        const float *start = src + o * job->count * job->inner + column;
        int32_t *dst = job->dst + o * job->inner + column;
        if (job->inner == 1) {
            *dst = arg_max_row(start, job->count);
        } else {
            int64_t width = atl_min(job->inner - column, ARG_MAX_LANES);
            arg_max_columns(start, job->count, job->inner, width, dst);
        }
    }
}

static void arg_max_body(void *context, int thread, int thread_count) {
    const arg_max_job *job = context;
    int64_t items = job->outer * job->parts;
    arg_max_parts(
        job, atl_share(items, thread, thread_count),
        atl_share(items, thread + 1, thread_count));
}

void atl_arg_max_f32(
    const float *src, int64_t outer, int64_t count, int64_t inner, int32_t *dst,
    int thread_count) {
    int64_t parts = atl_ceil_div(inner, ARG_MAX_LANES);
    arg_max_job job = {src, dst, outer, count, inner, parts};
    int64_t bytes = outer * count * inner * (int64_t)sizeof(float);
    atl_parallel(
        atl_team_size(thread_count, outer * parts, bytes), arg_max_body, &job);
}
