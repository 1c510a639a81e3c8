// The loops over one tile, as a table that each instruction set level fills with its own build.
#pragma once

#include "atl_fused.h"

/// One instruction over `count` lanes. `to` may be the same memory as an operand.
typedef void (*atl_lane_function)(
    void *to, const void *a, const void *b, const void *c, int64_t count,
    const atl_instruction *instruction);

typedef struct {
    atl_lane_function instructions[ATL_OPCODE_COUNT];
    /// Widens `count` elements, `stride` elements apart, to 32-bit lanes; by atl_dtype.
    void (*load[5])(void *lanes, const void *from, int64_t stride, int64_t count);
    /// Narrows lanes to a stored type; by atl_dtype.
    void (*store[5])(void *to, const void *lanes, int64_t count);
    /// Reduces `count` floats to one; by atl_reduction.
    double (*reduce_row[3])(const float *lanes, int64_t count);
    /// Reduces each of `rows` runs of `count` floats.
    void (*reduce_rows[3])(double *to, const float *lanes, int64_t rows, int64_t count);
    /// Folds `count` lanes into running values, lane by lane.
    void (*accumulate[3])(float *running, const float *lanes, int64_t count);
    /// Folds `count` running values into `period` wide ones; value i goes to i % period.
    void (*flush[3])(double *wide, const float *running, int64_t period, int64_t count);
} atl_kernels;

extern const atl_kernels atl_kernels_base;
#if defined(__x86_64__)
extern const atl_kernels atl_kernels_v3;
extern const atl_kernels atl_kernels_v4;
#endif

/// The best table for this machine, or a lower one if `atl_kernels_limit` says so.
const atl_kernels *atl_kernels_select(void);

/// For tests: caps the level of programs that this thread creates (1 base, 3 x86-64-v3, 4 x86-64-v4).
void atl_kernels_limit(int level);
