// The innermost product, for one instruction set: included once for each, with these defined.
//   ATL_TILE_NAME    the function's name
//   ATL_TILE_SUFFIX  appended to the helpers' names
//   ATL_TILE_TARGET  the function's target attribute, or nothing
//   ATL_TILE_BYTES   the width of a vector
//   ATL_TILE_ROWS    how many rows fill the registers at two vectors a row
//   ATL_TILE_FMA(a, b, c)
// Not a header of its own.

#define ATL_TILE_JOIN_(a, b) a##b
#define ATL_TILE_JOIN(a, b) ATL_TILE_JOIN_(a, b)
#define ATL_TILE_HELPER(name) ATL_TILE_JOIN(name, ATL_TILE_SUFFIX)
#define ATL_TILE_VECTOR ATL_TILE_HELPER(atl_vector)
#define ATL_TILE_LANES (ATL_TILE_BYTES / 4)

typedef float ATL_TILE_VECTOR __attribute__((ext_vector_type(ATL_TILE_LANES), aligned(4)));

/// `rows` and `vectors` are constants wherever this is inlined: the sums live in registers.
ATL_TILE_TARGET static inline __attribute__((always_inline)) void ATL_TILE_HELPER(atl_tile_body)(
    const atl_tile *tile, const int rows, const int vectors, const int packed) {
    ATL_TILE_VECTOR sum[12][2];
    const int lanes = ATL_TILE_LANES;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sum[r][v] = (ATL_TILE_VECTOR)(0);
    }
    const float *a = tile->a, *b = tile->b;
    // The sums are added to the result at the end: have it at hand by then.
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) __builtin_prefetch(tile->c[r], 1);
    const int64_t row_stride = packed ? 1 : tile->row_stride;
    const int64_t depth_stride = packed ? tile->depth_stride : 1;
    for (int64_t k = 0; k < tile->depth; k++) {
        ATL_TILE_VECTOR right[2];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) right[v] = *(const ATL_TILE_VECTOR *)(b + v * lanes);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
            ATL_TILE_VECTOR left = (ATL_TILE_VECTOR)(a[r * row_stride]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                sum[r][v] = ATL_TILE_FMA(left, right[v], sum[r][v]);
            }
        }
        a += depth_stride;
        b += vectors * lanes;
    }
    if (tile->columns == vectors * lanes) {
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) {
                ATL_TILE_VECTOR *c = (ATL_TILE_VECTOR *)(tile->c[r] + v * lanes);
                *c = tile->accumulate ? *c + sum[r][v] : sum[r][v];
            }
        }
        return;
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
        float edge[2 * ATL_TILE_LANES];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) *(ATL_TILE_VECTOR *)(edge + v * lanes) = sum[r][v];
        float *c = tile->c[r];
        for (int i = 0; i < tile->columns; i++) c[i] = tile->accumulate ? c[i] + edge[i] : edge[i];
    }
}

/// The sum of a vector's lanes, by halves.
ATL_TILE_TARGET static inline __attribute__((always_inline)) float ATL_TILE_HELPER(atl_lanes_sum)(
    ATL_TILE_VECTOR v) {
    typedef float quarter __attribute__((ext_vector_type(4)));
#if ATL_TILE_LANES == 16
    typedef float half __attribute__((ext_vector_type(8)));
    half eight = v.lo + v.hi;
    quarter four = eight.lo + eight.hi;
#elif ATL_TILE_LANES == 8
    quarter four = v.lo + v.hi;
#else
    quarter four = v;
#endif
    return (four.x + four.z) + (four.y + four.w);
}

/// Sums along the vectors: no lane is wasted on columns that are not there.
ATL_TILE_TARGET static inline __attribute__((always_inline)) void ATL_TILE_HELPER(atl_dot_body)(
    const atl_dot *dot, const int columns) {
    ATL_TILE_VECTOR sum[ATL_DOT_ROWS][ATL_DOT_COLUMNS];
    float rest[ATL_DOT_ROWS][ATL_DOT_COLUMNS] = {{0}};
    const int lanes = ATL_TILE_LANES;
#pragma clang loop unroll(full)
    for (int r = 0; r < ATL_DOT_ROWS; r++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c++) sum[r][c] = (ATL_TILE_VECTOR)(0);
    }
    for (int run = 0; run < dot->run_count; run++) {
        const float *const *a = dot->a + run * ATL_DOT_ROWS;
        const float *a0 = a[0], *a1 = a[1], *a2 = a[2], *a3 = a[3];
        const float *b = dot->b + dot->starts[run];
        const int64_t length = dot->starts[run + 1] - dot->starts[run];
        int64_t k = 0;
        for (; k + lanes <= length; k += lanes) {
            // The fewer in registers beside the sums: all of `right`, and one of `left`.
            ATL_TILE_VECTOR right[ATL_DOT_COLUMNS];
#pragma clang loop unroll(full)
            for (int c = 0; c < columns; c++) {
                right[c] = *(const ATL_TILE_VECTOR *)(b + c * dot->column_stride + k);
            }
#define ATL_DOT_ROW(r, from)                                                                       \
    {                                                                                              \
        ATL_TILE_VECTOR left = *(const ATL_TILE_VECTOR *)(from + k);                               \
        _Pragma("clang loop unroll(full)") for (int c = 0; c < columns; c++) {                     \
            sum[r][c] = ATL_TILE_FMA(left, right[c], sum[r][c]);                                   \
        }                                                                                          \
    }
            ATL_DOT_ROW(0, a0)
            ATL_DOT_ROW(1, a1)
            ATL_DOT_ROW(2, a2)
            ATL_DOT_ROW(3, a3)
#undef ATL_DOT_ROW
        }
        for (; k < length; k++) {
            for (int c = 0; c < columns; c++) {
                float right = b[c * dot->column_stride + k];
                for (int r = 0; r < ATL_DOT_ROWS; r++) rest[r][c] += a[r][k] * right;
            }
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ATL_DOT_ROWS; r++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c++) {
            float total = rest[r][c] + ATL_TILE_HELPER(atl_lanes_sum)(sum[r][c]);
            if (r < dot->rows) dot->c[r][c] = total;
        }
    }
}

ATL_TILE_TARGET static void ATL_TILE_HELPER(atl_dot)(const atl_dot *dot) {
    switch (dot->columns) {
    case 1: ATL_TILE_HELPER(atl_dot_body)(dot, 1); break;
    case 2: ATL_TILE_HELPER(atl_dot_body)(dot, 2); break;
    default: ATL_TILE_HELPER(atl_dot_body)(dot, 3); break;
    }
}

#define ATL_TILE_CASE(rows, vectors, packed)                                                       \
    case rows: ATL_TILE_HELPER(atl_tile_body)(tile, rows, vectors, packed); break;
#define ATL_TILE_SIX(vectors, packed)                                                              \
    ATL_TILE_CASE(1, vectors, packed)                                                              \
    ATL_TILE_CASE(2, vectors, packed)                                                              \
    ATL_TILE_CASE(3, vectors, packed)                                                              \
    ATL_TILE_CASE(4, vectors, packed)                                                              \
    ATL_TILE_CASE(5, vectors, packed)                                                              \
    ATL_TILE_CASE(6, vectors, packed)
#define ATL_TILE_TWELVE(vectors, packed)                                                           \
    ATL_TILE_SIX(vectors, packed)                                                                  \
    ATL_TILE_CASE(7, vectors, packed)                                                              \
    ATL_TILE_CASE(8, vectors, packed)                                                              \
    ATL_TILE_CASE(9, vectors, packed)                                                              \
    ATL_TILE_CASE(10, vectors, packed)                                                             \
    ATL_TILE_CASE(11, vectors, packed)                                                             \
    ATL_TILE_CASE(12, vectors, packed)
#if ATL_TILE_ROWS == 12
#define ATL_TILE_FULL(packed) ATL_TILE_TWELVE(2, packed)
#else
#define ATL_TILE_FULL(packed) ATL_TILE_SIX(2, packed)
#endif

ATL_TILE_TARGET static void ATL_TILE_HELPER(atl_tile_packed)(const atl_tile *tile) {
    switch (tile->rows) { ATL_TILE_FULL(1) }
}

ATL_TILE_TARGET static void ATL_TILE_HELPER(atl_tile_wide)(const atl_tile *tile) {
    switch (tile->rows) { ATL_TILE_FULL(0) }
}

ATL_TILE_TARGET static void ATL_TILE_HELPER(atl_tile_narrow)(const atl_tile *tile) {
    switch (tile->rows) { ATL_TILE_TWELVE(1, 0) }
}

static void ATL_TILE_NAME(const atl_tile *tile) {
    if (tile->packed) {
        ATL_TILE_HELPER(atl_tile_packed)(tile);
    } else if (tile->narrow) {
        ATL_TILE_HELPER(atl_tile_narrow)(tile);
    } else {
        ATL_TILE_HELPER(atl_tile_wide)(tile);
    }
}

#undef ATL_TILE_NAME
#undef ATL_TILE_SUFFIX
#undef ATL_TILE_TARGET
#undef ATL_TILE_BYTES
#undef ATL_TILE_ROWS
#undef ATL_TILE_FMA
#undef ATL_TILE_JOIN_
#undef ATL_TILE_JOIN
#undef ATL_TILE_HELPER
#undef ATL_TILE_VECTOR
#undef ATL_TILE_LANES
#undef ATL_TILE_CASE
#undef ATL_TILE_SIX
#undef ATL_TILE_TWELVE
#undef ATL_TILE_FULL
