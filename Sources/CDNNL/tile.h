// The innermost product of matrices: a few rows by one panel of columns, held in registers. Not
// public.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// `c[r][0..<columns] (+)= sum over k of a(r, k) * b[k][...]`.
typedef struct {
    int64_t depth;
    /// Row-major with `row_stride`; if packed, the rows of each depth lie side by side, and
    /// `depth_stride` (at least `kernel.rows`) leads to those of the next.
    const float *a;
    int64_t row_stride, depth_stride;
    /// A panel: `[depth][width]`, `[depth][width / 2]` if narrow. Never narrow if packed.
    const float *b;
    float *const *c;
    /// At most `kernel.rows`; `2 * kernel.rows`, but no more than 12, if narrow.
    int rows;
    /// How many of the panel's columns there are.
    int columns;
    bool packed, narrow;
    /// Adds to `c` instead of setting it.
    bool accumulate;
} atl_tile;

enum { ATL_DOT_ROWS = 4, ATL_DOT_COLUMNS = 3 };

/// The product for very few columns: `c[r][column] = sum over runs and k of a(r, k) * b(column, k)`.
typedef struct {
    int run_count;
    /// Where each run starts in the depth, and where the last ends.
    const int64_t *starts;
    /// `ATL_DOT_ROWS` pointers for each run, all to data.
    const float *const *a;
    /// `[columns][column_stride]`.
    const float *b;
    int64_t column_stride;
    float *const *c;
    /// At most `ATL_DOT_ROWS` and `ATL_DOT_COLUMNS`.
    int rows, columns;
} atl_dot;

/// The product for one instruction set.
typedef struct {
    const char *name;
    void (*run)(const atl_tile *tile);
    void (*dot)(const atl_dot *dot);
    /// Columns of a panel.
    int width;
    int rows, narrow_rows;
} atl_tile_kernel;

enum { ATL_MAX_TILE_ROWS = 12, ATL_MAX_TILE_WIDTH = 32 };

/// The best for the instruction set that oneDNN may use (see `ONEDNN_MAX_CPU_ISA`).
const atl_tile_kernel *atl_tile_kernel_here(void);
