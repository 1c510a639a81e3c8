#include "atl_movement.h"
#include "movement_internal.h"

typedef struct {
    int64_t size, dst, src;    // strides in elements
} axis;

/// A copy in its simplest form: axes outermost first by the destination's strides, which are
/// positive; no size is 1; no two neighbours could be one.
typedef struct {
    int rank;
    int element_size;    // 1, 2, 4, 8 or 16 bytes
    axis axes[ATL_COPY_MAX_RANK];
    char *dst;
    const char *src;
} plan;

// MARK: Simplification

/// Drops axes of size 1, turns destination strides positive and sorts by them. False if empty.
static int collect_axes(
    plan *p, int rank, const int64_t *sizes, const int64_t *dst_strides,
    const int64_t *src_strides) {
    for (int i = 0; i < rank; i += 1) {
        if (sizes[i] <= 0) { return 0; }
        if (sizes[i] == 1) { continue; }
        axis a = {sizes[i], dst_strides[i], src_strides[i]};
        if (a.dst < 0) {
            p->dst += (a.size - 1) * a.dst * p->element_size;
            p->src += (a.size - 1) * a.src * p->element_size;
            a.dst = -a.dst;
            a.src = -a.src;
        }
        int at = p->rank;
        for (; at > 0 && p->axes[at - 1].dst < a.dst; at -= 1) { p->axes[at] = p->axes[at - 1]; }
        p->axes[at] = a;
        p->rank += 1;
    }
    return 1;
}

static void merge_neighbours(plan *p) {
    int kept = 0;
    for (int i = 1; i < p->rank; i += 1) {
        axis *outer = &p->axes[kept], inner = p->axes[i];
        if (outer->dst == inner.dst * inner.size && outer->src == inner.src * inner.size) {
            *outer = (axis){outer->size * inner.size, inner.dst, inner.src};
        } else {
            kept += 1;
            p->axes[kept] = inner;
        }
    }
    if (p->rank > 0) { p->rank = kept + 1; }
}

/// Makes a short contiguous run (the channels of a pixel) one element, if a machine word fits it.
static void widen(plan *p) {
    if (p->rank < 2) { return; }
    const axis run = p->axes[p->rank - 1];
    const int64_t bytes = run.size * p->element_size;
    if (run.dst != 1 || run.src != 1 || bytes > 16 || (bytes & (bytes - 1))) { return; }
    for (int i = 0; i < p->rank - 1; i += 1) {
        if (p->axes[i].dst % run.size || p->axes[i].src % run.size) { return; }
    }
    p->rank -= 1;
    p->element_size = (int)bytes;
    for (int i = 0; i < p->rank; i += 1) {
        p->axes[i].dst /= run.size;
        p->axes[i].src /= run.size;
    }
}

// MARK: Planes: the two axes that the inner loops run over

typedef struct {
    uint64_t words[2];
} pair;

#define DEFINE_PLANE(BYTES, TYPE) \
    typedef TYPE element_##BYTES __attribute__((aligned(1), may_alias)); \
    /* A short row of a length known at compile time. */ \
    ATL_INLINE void short_rows_##BYTES( \
        element_##BYTES *restrict dst, const element_##BYTES *restrict src, axis outer, \
        axis inner, int64_t count) { \
        for (int64_t i = 0; i < outer.size; i += 1) { \
            for (int64_t j = 0; j < count; j += 1) { \
                dst[i * outer.dst + j * inner.dst] = src[i * outer.src + j * inner.src]; \
            } \
        } \
    } \
    ATL_INLINE void rows_##BYTES( \
        element_##BYTES *restrict dst, const element_##BYTES *restrict src, axis outer, \
        axis inner) { \
        switch (inner.size) { \
        case 1: short_rows_##BYTES(dst, src, outer, inner, 1); return; \
        case 2: short_rows_##BYTES(dst, src, outer, inner, 2); return; \
        case 3: short_rows_##BYTES(dst, src, outer, inner, 3); return; \
        case 4: short_rows_##BYTES(dst, src, outer, inner, 4); return; \
        case 5: short_rows_##BYTES(dst, src, outer, inner, 5); return; \
        case 6: short_rows_##BYTES(dst, src, outer, inner, 6); return; \
        case 7: short_rows_##BYTES(dst, src, outer, inner, 7); return; \
        default: break; \
        } \
        for (int64_t i = 0; i < outer.size; i += 1) { \
            element_##BYTES *restrict to = dst + i * outer.dst; \
            const element_##BYTES *restrict from = src + i * outer.src; \
            if (inner.dst == 1 && inner.src == 1) { \
                memcpy(to, from, (size_t)inner.size * BYTES); \
            } else if (inner.dst == 1 && inner.src == 0) { \
                const element_##BYTES value = *from; \
                for (int64_t j = 0; j < inner.size; j += 1) { to[j] = value; } \
            } else if (inner.dst == 1 && inner.src == -1) { \
                for (int64_t j = 0; j < inner.size; j += 1) { to[j] = from[-j]; } \
            } else if (inner.dst == 1) { \
                for (int64_t j = 0; j < inner.size; j += 1) { to[j] = from[j * inner.src]; } \
            } else { \
                for (int64_t j = 0; j < inner.size; j += 1) { \
                    to[j * inner.dst] = from[j * inner.src]; \
                } \
            } \
        } \
    } \
    /* dst[i][j] = src[j][i], in blocks whose lines stay in the first cache. */ \
    ATL_INLINE void transpose_block_##BYTES( \
        element_##BYTES *restrict dst, int64_t dst_stride, const element_##BYTES *restrict src, \
        int64_t src_stride, int64_t rows, int64_t columns) { \
        for (int64_t i = 0; i < rows; i += 1) { \
            for (int64_t j = 0; j < columns; j += 1) { \
                dst[i * dst_stride + j] = src[j * src_stride + i]; \
            } \
        } \
    }

DEFINE_PLANE(1, uint8_t)
DEFINE_PLANE(2, uint16_t)
DEFINE_PLANE(4, uint32_t)
DEFINE_PLANE(8, uint64_t)
DEFINE_PLANE(16, pair)

#define SHUFFLE __builtin_shufflevector

// 8 x 8 elements in registers: pairs, then fours, then halves change places. A block whose sides
// are multiples of 8 is made of these.
#define DEFINE_TRANSPOSE(BYTES, TYPE) \
    typedef TYPE eight_##BYTES __attribute__((ext_vector_type(8))); \
    ATL_INLINE void transpose_8x8_##BYTES( \
        element_##BYTES *restrict dst, int64_t dst_stride, const element_##BYTES *restrict src, \
        int64_t src_stride) { \
        eight_##BYTES a[8], b[8]; \
        for (int k = 0; k < 8; k += 1) { memcpy(&a[k], src + k * src_stride, 8 * BYTES); } \
        for (int k = 0; k < 8; k += 2) { \
            b[k] = SHUFFLE(a[k], a[k + 1], 0, 8, 1, 9, 4, 12, 5, 13); \
            b[k + 1] = SHUFFLE(a[k], a[k + 1], 2, 10, 3, 11, 6, 14, 7, 15); \
        } \
        for (int k = 0; k < 8; k += 4) { \
            a[k] = SHUFFLE(b[k], b[k + 2], 0, 1, 8, 9, 4, 5, 12, 13); \
            a[k + 1] = SHUFFLE(b[k], b[k + 2], 2, 3, 10, 11, 6, 7, 14, 15); \
            a[k + 2] = SHUFFLE(b[k + 1], b[k + 3], 0, 1, 8, 9, 4, 5, 12, 13); \
            a[k + 3] = SHUFFLE(b[k + 1], b[k + 3], 2, 3, 10, 11, 6, 7, 14, 15); \
        } \
        for (int k = 0; k < 4; k += 1) { \
            b[k] = SHUFFLE(a[k], a[k + 4], 0, 1, 2, 3, 8, 9, 10, 11); \
            b[k + 4] = SHUFFLE(a[k], a[k + 4], 4, 5, 6, 7, 12, 13, 14, 15); \
        } \
        for (int k = 0; k < 8; k += 1) { memcpy(dst + k * dst_stride, &b[k], 8 * BYTES); } \
    } \
    ATL_INLINE void transpose_block_fast_##BYTES( \
        element_##BYTES *restrict dst, int64_t dst_stride, const element_##BYTES *restrict src, \
        int64_t src_stride, int64_t rows, int64_t columns) { \
        if (rows % 8 || columns % 8) { \
            transpose_block_##BYTES(dst, dst_stride, src, src_stride, rows, columns); \
            return; \
        } \
        for (int64_t i = 0; i < rows; i += 8) { \
            for (int64_t j = 0; j < columns; j += 8) { \
                transpose_8x8_##BYTES( \
                    dst + i * dst_stride + j, dst_stride, src + j * src_stride + i, src_stride); \
            } \
        } \
    }

DEFINE_TRANSPOSE(1, uint8_t)
DEFINE_TRANSPOSE(2, uint16_t)
DEFINE_TRANSPOSE(4, uint32_t)

#define BLOCK 16

// A block reads and writes whole cache lines (16 elements of 4 bytes), each once.
#define TRANSPOSE_PLANE(BYTES, BLOCK_FUNCTION) \
    for (int64_t j = 0; j < inner.size; j += BLOCK) { \
        for (int64_t i = 0; i < outer.size; i += BLOCK) { \
            BLOCK_FUNCTION( \
                (element_##BYTES *)dst + i * outer.dst + j, outer.dst, \
                (const element_##BYTES *)src + j * inner.src + i, inner.src, \
                atl_min(BLOCK, outer.size - i), atl_min(BLOCK, inner.size - j)); \
        } \
    }

/// Copies a plane. `transposed`: the outer axis is the one the source is contiguous along, the
/// inner one the destination's.
ATL_VERSIONED static void copy_plane(
    int element_size, int transposed, char *dst, const char *src, axis outer, axis inner) {
    if (transposed) {
        switch (element_size) {
        case 1: TRANSPOSE_PLANE(1, transpose_block_fast_1) return;
        case 2: TRANSPOSE_PLANE(2, transpose_block_fast_2) return;
        case 4: TRANSPOSE_PLANE(4, transpose_block_fast_4) return;
        case 8: TRANSPOSE_PLANE(8, transpose_block_8) return;
        default: TRANSPOSE_PLANE(16, transpose_block_16) return;
        }
    }
    switch (element_size) {
    case 1: rows_1((element_1 *)dst, (const element_1 *)src, outer, inner); return;
    case 2: rows_2((element_2 *)dst, (const element_2 *)src, outer, inner); return;
    case 4: rows_4((element_4 *)dst, (const element_4 *)src, outer, inner); return;
    case 8: rows_8((element_8 *)dst, (const element_8 *)src, outer, inner); return;
    default: rows_16((element_16 *)dst, (const element_16 *)src, outer, inner); return;
    }
}

// MARK: The loops around a plane

/// The axis that the source is contiguous along, if a blocked transpose pays; else -1.
static int transposed_axis(const plan *p) {
    const axis inner = p->axes[p->rank - 1];
    if (inner.dst != 1 || inner.src == 1 || inner.src == 0 || inner.size < 8) { return -1; }
    for (int i = p->rank - 2; i >= 0; i -= 1) {
        if (p->axes[i].src == 1 && p->axes[i].size >= 8) { return i; }
    }
    return -1;
}

static void copy_serially(const plan *p) {
    const axis single = {1, 0, 0};
    if (p->rank < 2) {
        copy_plane(
            p->element_size, 0, p->dst, p->src, single, p->rank == 0 ? single : p->axes[0]);
        return;
    }
    const int crossed = transposed_axis(p);
    const int second = crossed >= 0 ? crossed : p->rank - 2;
    axis loops[ATL_COPY_MAX_RANK];
    int64_t index[ATL_COPY_MAX_RANK] = {0};
    int count = 0;
    for (int i = 0; i < p->rank - 1; i += 1) {
        if (i != second) {
            loops[count] = p->axes[i];
            count += 1;
        }
    }
    char *dst = p->dst;
    const char *src = p->src;
    for (;;) {
        copy_plane(
            p->element_size, crossed >= 0, dst, src, p->axes[second], p->axes[p->rank - 1]);
        int at = count - 1;
        for (; at >= 0; at -= 1) {
            dst += loops[at].dst * p->element_size;
            src += loops[at].src * p->element_size;
            index[at] += 1;
            if (index[at] < loops[at].size) { break; }
            dst -= loops[at].size * loops[at].dst * p->element_size;
            src -= loops[at].size * loops[at].src * p->element_size;
            index[at] = 0;
        }
        if (at < 0) { return; }
    }
}

typedef struct {
    const plan *whole;
    int split;    // the axis that is shared out
} copy_job;

static void copy_body(void *context, int thread, int thread_count) {
    const copy_job *job = context;
    plan part = *job->whole;
    if (thread_count > 1) {
        axis *a = &part.axes[job->split];
        int64_t from = atl_share(a->size, thread, thread_count);
        int64_t to = atl_share(a->size, thread + 1, thread_count);
        if (from == to) { return; }
        part.dst += from * a->dst * part.element_size;
        part.src += from * a->src * part.element_size;
        a->size = to - from;
    }
    copy_serially(&part);
}

void atl_copy_strided(
    int rank, const int64_t *sizes, void *dst, const int64_t *dst_strides, const void *src,
    const int64_t *src_strides, int element_size, int thread_count) {
    plan p = {.element_size = element_size, .dst = dst, .src = src};
    if (!collect_axes(&p, rank, sizes, dst_strides, src_strides)) { return; }
    merge_neighbours(&p);
    widen(&p);
    int64_t bytes = 2 * p.element_size;
    int longest = 0, outermost = -1;
    for (int i = 0; i < p.rank; i += 1) {
        bytes *= p.axes[i].size;
        if (p.axes[i].size > p.axes[longest].size) { longest = i; }
        if (outermost < 0 && p.axes[i].size >= 4 * (int64_t)thread_count) { outermost = i; }
    }
    copy_job job = {&p, outermost >= 0 ? outermost : longest};
    int team = p.rank == 0 ? 1 : atl_team_size(thread_count, p.axes[job.split].size, bytes);
    atl_parallel(team, copy_body, &job);
}

// MARK: Fill and pad

void atl_fill(void *dst, int64_t count, const void *value, int element_size, int thread_count) {
    const int64_t dst_stride = 1, src_stride = 0;
    atl_copy_strided(
        1, &count, dst, &dst_stride, value, &src_stride, element_size, thread_count);
}

void atl_pad(
    int rank, const int64_t *sizes, const int64_t *low, const int64_t *high,
    const int64_t *interior, void *dst, const void *src, const void *value, int element_size,
    int thread_count) {
    int64_t result[ATL_COPY_MAX_RANK], dst_strides[ATL_COPY_MAX_RANK];
    int64_t src_strides[ATL_COPY_MAX_RANK], spread[ATL_COPY_MAX_RANK];
    const int64_t still[ATL_COPY_MAX_RANK] = {0};
    int64_t total = 1, src_total = 1, start = 0, spaced = 0;
    for (int i = rank - 1; i >= 0; i -= 1) {
        int64_t gaps = sizes[i] > 0 ? (sizes[i] - 1) * interior[i] : 0;
        result[i] = low[i] + sizes[i] + gaps + high[i];
        dst_strides[i] = total;
        src_strides[i] = src_total;
        spread[i] = total * (interior[i] + 1);
        start += low[i] * total;
        total *= result[i];
        src_total *= sizes[i];
        spaced |= gaps > 0;
    }
    if (total == 0) { return; }
    char *bytes = dst;
    if (spaced || src_total == 0) {
        atl_fill(dst, total, value, element_size, thread_count);
    } else {
        // The border alone: two slabs an axis, inside what earlier axes left and across all of
        // the later ones.
        int64_t slab[ATL_COPY_MAX_RANK];
        memcpy(slab, result, sizeof(slab));
        int64_t corner = 0;
        for (int i = 0; i < rank; i += 1) {
            int64_t after = corner + (low[i] + sizes[i]) * dst_strides[i];
            slab[i] = low[i];
            atl_copy_strided(
                rank, slab, bytes + corner * element_size, dst_strides, value, still,
                element_size, thread_count);
            slab[i] = high[i];
            atl_copy_strided(
                rank, slab, bytes + after * element_size, dst_strides, value, still,
                element_size, thread_count);
            slab[i] = sizes[i];
            corner += low[i] * dst_strides[i];
        }
    }
    atl_copy_strided(
        rank, sizes, bytes + start * element_size, spread, src, src_strides, element_size,
        thread_count);
}
