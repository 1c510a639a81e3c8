// What a prepared program holds, shared by its making and its running.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "atl_fused.h"
#include "fused_kernels.h"

/// The most lanes of a tile: a few registers of this size stay in the L1 cache.
#define ATL_TILE 1024

/// Tiles folded in float before they are added up in double.
#define ATL_BLOCK_TILES 32

/// How an input becomes a register.
typedef enum {
    ATL_INPUT_UNUSED,
    ATL_INPUT_IN_PLACE,     // 32-bit elements in the order of the space: a pointer into memory
    ATL_INPUT_LINEAR,       // narrower elements in the order of the space: widened tile by tile
    ATL_INPUT_INVARIANT,    // the same in every tile: loaded once a thread
    ATL_INPUT_ROW,          // 32-bit elements, contiguous in a row; no tile crosses rows: a pointer
    ATL_INPUT_STRIDED,      // anything else: gathered row by row
} atl_input_mode;

typedef struct {
    int32_t dtype;
    int32_t mode;
    int32_t last_use;       // instruction index, or one of the ATL_USE_ marks
    int64_t strides[ATL_MAX_RANK];
} atl_input_plan;

// Uses after the last instruction.
#define ATL_USE_REDUCTION (INT32_MAX - 2)
#define ATL_USE_LATE_STORE (INT32_MAX - 1)
#define ATL_USE_NEVER (-1)

typedef struct {
    atl_instruction instruction;    // IOTA: `integer` is the collapsed axis, or -1 for all zeros
    atl_lane_function function;     // NULL for IOTA
    int32_t result;
    int32_t a, b, c;                // registers; 0 where unused, so that they can be looked up
} atl_step;

typedef struct {
    int32_t slot;           // of the thread's scratch; -1 where none is needed
    int32_t output;         // the output that it is computed straight into; -1
    bool is_float, is_invariant, is_used;
} atl_register_plan;

/// How the axes [outer, count, inner] of a reduction are walked.
typedef enum {
    ATL_ROWS_SHORT,     // inner == 1, several results a tile
    ATL_ROWS_LONG,      // inner == 1, several tiles a result
    ATL_COLUMNS_SHORT,  // several groups of count * inner a tile
    ATL_COLUMNS_TALL,   // a tile holds whole rows of inner
    ATL_COLUMNS_WIDE,   // a tile holds a piece of a row of inner
} atl_layout;

struct atl_fused {
    const atl_kernels *kernels;
    int32_t rank;                       // collapsed
    int64_t sizes[ATL_MAX_RANK];
    int64_t element_count;
    int64_t row_length;                 // the innermost size
    int64_t unit;                       // tiles begin at multiples of it
    int64_t tile;                       // the most lanes of a tile
    double work;                        // estimated, in simple operations

    int32_t input_count, output_count, reduction_count, register_count;
    atl_input_plan *inputs;
    atl_fused_output *outputs;
    int32_t *output_written;            // the instruction that writes it, or ATL_USE_LATE_STORE
    atl_fused_reduction *reductions;
    atl_register_plan *registers;

    int32_t hoisted_count, step_count;  // once a thread; once a tile
    atl_step *hoisted, *steps;
    int32_t slot_count;

    atl_layout layout;
    int64_t outer, count, inner;
    int64_t slice, slice_count; // along `count`: parts for different threads
    int64_t pieces;                     // ATL_COLUMNS_WIDE: tiles that cover `inner`
};

/// The tile that the slot of a repeating input holds.
typedef struct {
    int64_t block;      // of equal rows, counted from the begin of the space; -1 for none
    int64_t count;
} atl_held_tile;

/// What one thread works with; all of it lies in the caller's scratch memory.
typedef struct {
    const struct atl_fused *program;
    const void *const *inputs;
    void *const *results;
    const uint8_t *staged;      // inputs to copy into a slot: an output overwrites them early
    char **registers;
    atl_held_tile *held;        // of each input
    char *slots;
    float *running;             // reduction_count * tile
    double *wide;               // reduction_count * tile
    double *partials;           // of all threads
} atl_worker;

/// Bytes of a slot: a line more than the lanes, so that slots do not alias in the cache.
static inline int64_t atl_slot_bytes(const struct atl_fused *program) {
    return (program->tile * 4 + 63) / 64 * 64 + 64;
}

/// The lanes of the tile at `position`, at most to `end`.
static inline int64_t atl_tile_length(
    const struct atl_fused *program, int64_t position, int64_t end) {
    int64_t length = end - position < program->tile ? end - position : program->tile;
    if (program->row_length > program->tile) {
        int64_t rest = program->row_length - position % program->row_length;
        if (rest < length) length = rest;
    }
    return length;
}

/// Prepares the reductions of a program whose axes are collapsed.
void atl_plan_reductions(struct atl_fused *program);
/// Units of work of a program with reductions.
int64_t atl_reduction_units(const struct atl_fused *program);
/// Partial results of all slices, in doubles; 0 if every result has one slice.
int64_t atl_partial_count(const struct atl_fused *program);
/// Runs units [begin, end).
void atl_run_reduction_units(atl_worker *worker, int64_t begin, int64_t end);
/// Folds the slices in order, after all units ran.
void atl_combine_slices(
    const struct atl_fused *program, const double *partials, void *const *results);
/// Stores the identity of each reduction: there is nothing to reduce.
void atl_store_identities(const struct atl_fused *program, void *const *results);

/// Computes all registers of one tile, and the outputs that are computed in place.
void atl_compute_tile(atl_worker *worker, int64_t start, int64_t count);
/// Stores the other outputs of the tile.
void atl_store_tile(atl_worker *worker, int64_t start, int64_t count);
