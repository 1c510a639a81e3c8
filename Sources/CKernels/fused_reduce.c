// Reductions at the end of a program. The work is cut into units by the shape alone, and what the
// units leave is folded in order: the bits do not depend on the threads.
#include <math.h>
#include <string.h>

#include "fused_internal.h"
#include "vector_math.h"

/// Float blocks of a slice: a slice is long enough to make a unit worth its while.
#define ATL_SLICE_BLOCKS 2

/// Units that a wide reduction is cut into, where its results alone are fewer.
#define ATL_WIDE_UNITS 64

static double atl_identity(int32_t kind) {
    return kind == ATL_REDUCE_SUM ? 0.0 : (kind == ATL_REDUCE_MAX ? -INFINITY : INFINITY);
}

static double atl_fold(int32_t kind, double m, double x) {
    if (kind == ATL_REDUCE_SUM) return m + x;
    bool replaces = kind == ATL_REDUCE_MAX ? x > m : x < m;
    return replaces || x != x ? x : m;
}

/// Stores `count` results of a reduction from the `first` on.
static void atl_store_values(
    const atl_fused *program, void *const *results, int32_t reduction, int64_t first,
    int64_t count, const double *values) {
    void *to = results[program->output_count + reduction];
    if (program->reductions[reduction].dtype == ATL_F32) {
        float *y = (float *)to + first;
        for (int64_t i = 0; i < count; i++) y[i] = (float)values[i];
    } else {
        uint16_t *y = (uint16_t *)to + first;
        for (int64_t i = 0; i < count; i++) y[i] = (uint16_t)atl_bf16_bits((float)values[i]);
    }
}

void atl_plan_reductions(atl_fused *p) {
    int64_t group = p->count * p->inner;
    if (p->inner == 1) p->layout = p->count <= ATL_TILE ? ATL_ROWS_SHORT : ATL_ROWS_LONG;
    else if (p->inner > ATL_TILE) p->layout = ATL_COLUMNS_WIDE;
    else p->layout = group <= ATL_TILE ? ATL_COLUMNS_SHORT : ATL_COLUMNS_TALL;
    bool is_short = p->layout == ATL_ROWS_SHORT || p->layout == ATL_COLUMNS_SHORT;
    if (is_short && group > p->unit) p->unit = group;
    if (p->layout == ATL_COLUMNS_TALL && p->inner > p->unit) p->unit = p->inner;
    if (p->row_length > ATL_TILE) {
        int64_t pieces = (p->row_length + ATL_TILE - 1) / ATL_TILE;
        p->tile = ((p->row_length + pieces - 1) / pieces + 15) / 16 * 16;
    } else {
        if (p->row_length > p->unit) p->unit = p->row_length;
        if (p->unit < 1) p->unit = 1;
        p->tile = ATL_TILE / p->unit * p->unit;
    }
    p->slice = p->count;
    if (p->layout == ATL_ROWS_LONG) p->slice = p->tile * ATL_BLOCK_TILES * ATL_SLICE_BLOCKS;
    if (p->layout == ATL_COLUMNS_TALL)
        p->slice = p->tile / p->inner * ATL_BLOCK_TILES * ATL_SLICE_BLOCKS;
    if (p->layout == ATL_COLUMNS_WIDE) {
        p->pieces = 0;
        for (int64_t i = 0; i < p->inner; i += atl_tile_length(p, i, p->inner)) p->pieces++;
        int64_t wanted = (ATL_WIDE_UNITS + p->outer * p->pieces - 1)
            / (p->outer * p->pieces > 0 ? p->outer * p->pieces : 1);
        p->slice = (p->count + wanted - 1) / (wanted > 0 ? wanted : 1);
        if (p->slice < ATL_BLOCK_TILES) p->slice = ATL_BLOCK_TILES;
    }
    p->slice_count = p->slice > 0 ? (p->count + p->slice - 1) / p->slice : 1;
}

int64_t atl_reduction_units(const atl_fused *p) {
    switch (p->layout) {
    case ATL_ROWS_SHORT:
    case ATL_COLUMNS_SHORT:
        return (p->element_count + p->tile - 1) / p->tile;
    case ATL_COLUMNS_WIDE:
        return p->outer * p->slice_count * p->pieces;
    default:
        return p->outer * p->slice_count;
    }
}

int64_t atl_partial_count(const atl_fused *p) {
    if (p->reduction_count == 0 || p->slice_count <= 1) return 0;
    return p->reduction_count * p->outer * p->slice_count * p->inner;
}

/// Hands over the values [begin, begin + count) of `inner` that one slice of one group came to.
static void atl_deliver(
    const atl_worker *worker, int32_t reduction, int64_t group, int64_t slice, int64_t begin,
    int64_t count, const double *values) {
    const atl_fused *p = worker->program;
    if (p->slice_count == 1) {
        atl_store_values(
            p, worker->results, reduction, group * p->inner + begin, count, values);
    } else {
        int64_t row = (reduction * p->outer + group) * p->slice_count + slice;
        memcpy(worker->partials + row * p->inner + begin, values, (size_t)count * 8);
    }
}

static int64_t atl_slice_end(const atl_fused *p, int64_t slice) {
    int64_t end = (slice + 1) * p->slice;
    return end < p->count ? end : p->count;
}

static const float *atl_reduced_lanes(const atl_worker *worker, int32_t reduction) {
    return (const float *)worker->registers[worker->program->reductions[reduction].reg];
}

/// The whole groups of one tile.
static void atl_run_short_tile(atl_worker *worker, int64_t start, int64_t count) {
    const atl_fused *p = worker->program;
    int64_t group_size = p->count * p->inner;
    int64_t first = start / group_size, groups = count / group_size;
    atl_compute_tile(worker, start, count);
    for (int32_t r = 0; r < p->reduction_count; r++) {
        int32_t kind = p->reductions[r].kind;
        const float *lanes = atl_reduced_lanes(worker, r);
        double *wide = worker->wide;
        if (p->layout == ATL_ROWS_SHORT) {
            p->kernels->reduce_rows[kind](wide, lanes, groups, p->count);
        } else {
            for (int64_t i = 0; i < groups * p->inner; i++) wide[i] = atl_identity(kind);
            for (int64_t g = 0; g < groups; g++)
                p->kernels->flush[kind](
                    wide + g * p->inner, lanes + g * group_size, p->inner, group_size);
        }
        atl_store_values(p, worker->results, r, first * p->inner, groups * p->inner, wide);
    }
    atl_store_tile(worker, start, count);
}

static void atl_run_short(atl_worker *worker, int64_t unit) {
    const atl_fused *p = worker->program;
    int64_t start = unit * p->tile, end = start + p->tile;
    if (end > p->element_count) end = p->element_count;
    // More than one piece only where nothing is reduced (count == 1) and a row exceeds a tile.
    while (start < end) {
        int64_t count = atl_tile_length(p, start, end);
        atl_run_short_tile(worker, start, count);
        start += count;
    }
}

/// One slice of a long row.
static void atl_run_long_row(atl_worker *worker, int64_t unit) {
    const atl_fused *p = worker->program;
    int64_t group = unit / p->slice_count, slice = unit % p->slice_count;
    int64_t begin = slice * p->slice, end = atl_slice_end(p, slice);
    int64_t position = group * p->count + begin, last = group * p->count + end;
    for (int32_t r = 0; r < p->reduction_count; r++)
        worker->wide[r] = atl_identity(p->reductions[r].kind);
    while (position < last) {
        int64_t count = atl_tile_length(p, position, last);
        atl_compute_tile(worker, position, count);
        for (int32_t r = 0; r < p->reduction_count; r++) {
            int32_t kind = p->reductions[r].kind;
            double part = p->kernels->reduce_row[kind](atl_reduced_lanes(worker, r), count);
            worker->wide[r] = atl_fold(kind, worker->wide[r], part);
        }
        atl_store_tile(worker, position, count);
        position += count;
    }
    for (int32_t r = 0; r < p->reduction_count; r++)
        atl_deliver(worker, r, group, slice, 0, 1, worker->wide + r);
}

/// Folds a tile into the running values, and these into the wide ones after a block of tiles.
static void atl_fold_columns(
    atl_worker *worker, int64_t tile, bool is_last, int64_t count, int64_t width, int64_t period) {
    const atl_fused *p = worker->program;
    bool is_first = tile % ATL_BLOCK_TILES == 0;
    bool flushes = is_last || (tile + 1) % ATL_BLOCK_TILES == 0;
    for (int32_t r = 0; r < p->reduction_count; r++) {
        int32_t kind = p->reductions[r].kind;
        float *running = worker->running + r * p->tile;
        const float *lanes = atl_reduced_lanes(worker, r);
        if (is_first) {
            float identity = (float)atl_identity(kind);
            memcpy(running, lanes, (size_t)count * 4);
            for (int64_t i = count; i < width; i++) running[i] = identity;
        } else {
            p->kernels->accumulate[kind](running, lanes, count);
        }
        if (flushes) p->kernels->flush[kind](worker->wide + r * p->tile, running, period, width);
    }
}

static void atl_reset_wide(atl_worker *worker, int64_t count) {
    const atl_fused *p = worker->program;
    for (int32_t r = 0; r < p->reduction_count; r++) {
        double identity = atl_identity(p->reductions[r].kind);
        for (int64_t i = 0; i < count; i++) worker->wide[r * p->tile + i] = identity;
    }
}

/// One slice of the rows of a group whose rows are shorter than a tile.
static void atl_run_tall_columns(atl_worker *worker, int64_t unit) {
    const atl_fused *p = worker->program;
    int64_t group = unit / p->slice_count, slice = unit % p->slice_count;
    int64_t begin = slice * p->slice, end = atl_slice_end(p, slice);
    int64_t position = (group * p->count + begin) * p->inner;
    int64_t last = (group * p->count + end) * p->inner;
    atl_reset_wide(worker, p->inner);
    for (int64_t tile = 0; position < last; tile++) {
        int64_t count = atl_tile_length(p, position, last);
        atl_compute_tile(worker, position, count);
        atl_fold_columns(worker, tile, position + count == last, count, p->tile, p->inner);
        atl_store_tile(worker, position, count);
        position += count;
    }
    for (int32_t r = 0; r < p->reduction_count; r++)
        atl_deliver(worker, r, group, slice, 0, p->inner, worker->wide + r * p->tile);
}

/// Where a piece of `inner` begins.
static int64_t atl_piece_begin(const atl_fused *p, int64_t piece) {
    if (p->row_length <= p->tile) return piece * p->tile;
    int64_t pieces_of_row = (p->row_length + p->tile - 1) / p->tile;
    return piece / pieces_of_row * p->row_length + piece % pieces_of_row * p->tile;
}

/// One slice of the rows of a group, one tile wide.
static void atl_run_wide_columns(atl_worker *worker, int64_t unit) {
    const atl_fused *p = worker->program;
    int64_t piece = unit % p->pieces, rest = unit / p->pieces;
    int64_t group = rest / p->slice_count, slice = rest % p->slice_count;
    int64_t begin = slice * p->slice, end = atl_slice_end(p, slice);
    int64_t column = atl_piece_begin(p, piece);
    int64_t width = atl_tile_length(p, column, p->inner);
    atl_reset_wide(worker, width);
    for (int64_t row = begin; row < end; row++) {
        int64_t position = (group * p->count + row) * p->inner + column;
        atl_compute_tile(worker, position, width);
        atl_fold_columns(worker, row - begin, row + 1 == end, width, width, width);
        atl_store_tile(worker, position, width);
    }
    for (int32_t r = 0; r < p->reduction_count; r++)
        atl_deliver(worker, r, group, slice, column, width, worker->wide + r * p->tile);
}

void atl_run_reduction_units(atl_worker *worker, int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; unit++) {
        switch (worker->program->layout) {
        case ATL_ROWS_SHORT:
        case ATL_COLUMNS_SHORT: atl_run_short(worker, unit); break;
        case ATL_ROWS_LONG: atl_run_long_row(worker, unit); break;
        case ATL_COLUMNS_TALL: atl_run_tall_columns(worker, unit); break;
        case ATL_COLUMNS_WIDE: atl_run_wide_columns(worker, unit); break;
        }
    }
}

void atl_combine_slices(const atl_fused *p, const double *partials, void *const *results) {
    enum { block = 256 };
    for (int32_t r = 0; r < p->reduction_count; r++) {
        int32_t kind = p->reductions[r].kind;
        for (int64_t group = 0; group < p->outer; group++) {
            const double *slices = partials + (r * p->outer + group) * p->slice_count * p->inner;
            for (int64_t begin = 0; begin < p->inner; begin += block) {
                int64_t count = p->inner - begin < block ? p->inner - begin : block;
                double totals[block];
                memcpy(totals, slices + begin, (size_t)count * 8);
                for (int64_t s = 1; s < p->slice_count; s++)
                    for (int64_t i = 0; i < count; i++)
                        totals[i] = atl_fold(kind, totals[i], slices[s * p->inner + begin + i]);
                atl_store_values(p, results, r, group * p->inner + begin, count, totals);
            }
        }
    }
}

void atl_store_identities(const atl_fused *p, void *const *results) {
    if (p->count != 0) return;
    for (int32_t r = 0; r < p->reduction_count; r++) {
        double identity = atl_identity(p->reductions[r].kind);
        for (int64_t i = 0; i < p->outer * p->inner; i++)
            atl_store_values(p, results, r, i, 1, &identity);
    }
}
