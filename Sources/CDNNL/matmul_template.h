// The innermost loops of matrix products, for one instruction set: included once for each, with
// these defined.
//   ATL_MM_SUFFIX  appended to the names
//   ATL_MM_TARGET  the functions' target attribute, or nothing
//   ATL_MM_BYTES   the width of a vector
//   ATL_MM_ROWS    how many rows fill the registers at two vectors a row
//   ATL_MM_FMA(a, b, c)
// Not a header of its own.

#define ATL_MM_JOIN_(a, b) a##b
#define ATL_MM_JOIN(a, b) ATL_MM_JOIN_(a, b)
#define ATL_MM(name) ATL_MM_JOIN(name, ATL_MM_SUFFIX)
#define ATL_MM_LANES (ATL_MM_BYTES / 4)
#define ATL_MM_VECTOR ATL_MM(atl_mm_vector)
#define ATL_MM_MASK ATL_MM(atl_mm_mask)
#define ATL_MM_UNROLL _Pragma("clang loop unroll(full)")
#define ATL_MM_INLINE ATL_MM_TARGET static inline __attribute__((always_inline))

typedef float ATL_MM_VECTOR __attribute__((ext_vector_type(ATL_MM_LANES), aligned(4)));
typedef int ATL_MM_MASK __attribute__((ext_vector_type(ATL_MM_LANES)));

/// ReLU and leaky ReLU; NaN stays NaN.
ATL_MM_INLINE ATL_MM_VECTOR ATL_MM(atl_mm_activated)(
    ATL_MM_VECTOR value, atl_dnnl_activation activation, float slope) {
    if (activation == ATL_DNNL_RELU) {
        ATL_MM_MASK kept = ~(value < (ATL_MM_VECTOR)(0));
        return (ATL_MM_VECTOR)((ATL_MM_MASK)value & kept);
    }
    if (activation == ATL_DNNL_LEAKY_RELU) {
        ATL_MM_MASK kept = value > (ATL_MM_VECTOR)(0);
        ATL_MM_VECTOR scaled = value * (ATL_MM_VECTOR)(slope);
        return (ATL_MM_VECTOR)(((ATL_MM_MASK)value & kept) | ((ATL_MM_MASK)scaled & ~kept));
    }
    return value;
}

/// A ragged tile's sums, `width` a row, to where they belong.
ATL_MM_TARGET static __attribute__((noinline)) void ATL_MM(atl_mm_store_edge)(
    const atl_matmul_tile *tile, const ATL_MM_VECTOR *sums, int width) {
    const float *edge = (const float *)sums;
    for (int r = 0; r < tile->rows; r++, edge += width) {
        float *c = tile->c + r * tile->c_stride;
        for (int i = 0; i < tile->columns; i++) {
            float value = edge[i];
            if (tile->accumulate) value += c[i * tile->c_step];
            if (tile->bias != NULL) value += tile->bias[i];
            atl_activate_linearly(&value, 1, tile->activation, tile->slope);
            c[i * tile->c_step] = value;
        }
    }
}

/// Adds what is there already. Blocks of depth are summed on their own: fewer roundings in a row.
ATL_MM_INLINE void ATL_MM(atl_mm_accumulate)(
    const atl_matmul_tile *tile, ATL_MM_VECTOR (*sum)[4], const int rows, const int vectors) {
    ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
        const float *c = tile->c + r * tile->c_stride;
        ATL_MM_UNROLL for (int v = 0; v < vectors; v++) {
            sum[r][v] += *(const ATL_MM_VECTOR *)(c + v * ATL_MM_LANES);
        }
    }
}

/// A whole tile's end: nothing but its activation is left to do.
ATL_MM_INLINE void ATL_MM(atl_mm_end)(
    const atl_matmul_tile *tile, ATL_MM_VECTOR (*sum)[4], const int rows, const int vectors,
    const atl_dnnl_activation activation) {
    ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
        float *c = tile->c + r * tile->c_stride;
        ATL_MM_UNROLL for (int v = 0; v < vectors; v++) {
            *(ATL_MM_VECTOR *)(c + v * ATL_MM_LANES) =
                ATL_MM(atl_mm_activated)(sum[r][v], activation, tile->slope);
        }
    }
}

/// `rows`, `vectors` and `upright` are constants wherever this is inlined: the sums live in
/// registers. Upright: the left factor's rows lie side by side.
ATL_MM_INLINE void ATL_MM(atl_mm_body)(
    const atl_matmul_tile *tile, const int rows, const int vectors, const int upright) {
    ATL_MM_VECTOR sum[12][4];
    const int lanes = ATL_MM_LANES;
    ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
        ATL_MM_UNROLL for (int v = 0; v < vectors; v++) sum[r][v] = (ATL_MM_VECTOR)(0);
    }
    const float *a = tile->a, *b = tile->b;
    const int64_t row_stride = upright ? 1 : tile->row_stride;
    const int64_t depth_stride = upright ? tile->depth_stride : 1;
    const int64_t panel_stride = tile->panel_stride;
    const bool is_whole = tile->columns == vectors * lanes && tile->c_step == 1;
    if (is_whole) {
        if (tile->bias != NULL) {
            ATL_MM_UNROLL for (int v = 0; v < vectors; v++) {
                ATL_MM_VECTOR bias = *(const ATL_MM_VECTOR *)(tile->bias + v * lanes);
                ATL_MM_UNROLL for (int r = 0; r < rows; r++) sum[r][v] = bias;
            }
        }
        // The result is touched at the end: have it at hand by then.
        ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
            __builtin_prefetch(tile->c + r * tile->c_stride, 1);
        }
    }
    for (int64_t k = 0; k < tile->depth; k++) {
        ATL_MM_VECTOR right[4];
        ATL_MM_UNROLL for (int v = 0; v < vectors; v++) {
            right[v] = *(const ATL_MM_VECTOR *)(b + v * lanes);
        }
        ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
            ATL_MM_VECTOR left = (ATL_MM_VECTOR)(a[r * row_stride]);
            ATL_MM_UNROLL for (int v = 0; v < vectors; v++) {
                sum[r][v] = ATL_MM_FMA(left, right[v], sum[r][v]);
            }
        }
        a += depth_stride;
        b += panel_stride;
    }
    if (is_whole) {
        if (tile->accumulate) ATL_MM(atl_mm_accumulate)(tile, sum, rows, vectors);
        switch (tile->activation) {
        case ATL_DNNL_RELU: ATL_MM(atl_mm_end)(tile, sum, rows, vectors, ATL_DNNL_RELU); break;
        case ATL_DNNL_LEAKY_RELU:
            ATL_MM(atl_mm_end)(tile, sum, rows, vectors, ATL_DNNL_LEAKY_RELU);
            break;
        default: ATL_MM(atl_mm_end)(tile, sum, rows, vectors, ATL_DNNL_NO_ACTIVATION); break;
        }
        return;
    }
    ATL_MM_VECTOR edge[12 * 4];
    ATL_MM_UNROLL for (int r = 0; r < rows; r++) {
        ATL_MM_UNROLL for (int v = 0; v < vectors; v++) edge[r * vectors + v] = sum[r][v];
    }
    ATL_MM(atl_mm_store_edge)(tile, edge, vectors * lanes);
}

#define ATL_MM_CASE(rows, vectors, upright)                                                        \
    case rows: ATL_MM(atl_mm_body)(tile, rows, vectors, upright); break;
#define ATL_MM_THREE(vectors, upright)                                                             \
    ATL_MM_CASE(1, vectors, upright)                                                               \
    ATL_MM_CASE(2, vectors, upright)                                                               \
    ATL_MM_CASE(3, vectors, upright)
#define ATL_MM_SIX(vectors, upright)                                                               \
    ATL_MM_THREE(vectors, upright)                                                                 \
    ATL_MM_CASE(4, vectors, upright)                                                               \
    ATL_MM_CASE(5, vectors, upright)                                                               \
    ATL_MM_CASE(6, vectors, upright)
#define ATL_MM_TWELVE(vectors, upright)                                                            \
    ATL_MM_SIX(vectors, upright)                                                                   \
    ATL_MM_CASE(7, vectors, upright)                                                               \
    ATL_MM_CASE(8, vectors, upright)                                                               \
    ATL_MM_CASE(9, vectors, upright)                                                               \
    ATL_MM_CASE(10, vectors, upright)                                                              \
    ATL_MM_CASE(11, vectors, upright)                                                              \
    ATL_MM_CASE(12, vectors, upright)
#if ATL_MM_ROWS == 12
#define ATL_MM_FULL ATL_MM_TWELVE
#define ATL_MM_HALF ATL_MM_SIX
#else
#define ATL_MM_FULL ATL_MM_SIX
#define ATL_MM_HALF ATL_MM_THREE
#endif
#define ATL_MM_SWITCH(name, cases, vectors, upright)                                               \
    ATL_MM_TARGET static void ATL_MM(name)(const atl_matmul_tile *tile) {                          \
        switch (tile->rows) { cases(vectors, upright) }                                            \
    }
ATL_MM_SWITCH(atl_mm_upright_1, ATL_MM_TWELVE, 1, 1)
ATL_MM_SWITCH(atl_mm_upright_2, ATL_MM_FULL, 2, 1)
ATL_MM_SWITCH(atl_mm_upright_4, ATL_MM_HALF, 4, 1)
ATL_MM_SWITCH(atl_mm_level_1, ATL_MM_TWELVE, 1, 0)
ATL_MM_SWITCH(atl_mm_level_2, ATL_MM_FULL, 2, 0)
ATL_MM_SWITCH(atl_mm_level_4, ATL_MM_HALF, 4, 0)

static void ATL_MM(atl_mm_tile)(const atl_matmul_tile *tile) {
    bool upright = tile->row_stride == 1;
    switch (tile->vectors) {
    case 1: (upright ? ATL_MM(atl_mm_upright_1) : ATL_MM(atl_mm_level_1))(tile); break;
    case 2: (upright ? ATL_MM(atl_mm_upright_2) : ATL_MM(atl_mm_level_2))(tile); break;
    default: (upright ? ATL_MM(atl_mm_upright_4) : ATL_MM(atl_mm_level_4))(tile); break;
    }
}

// MARK: Dots

/// The sum of a vector's lanes, by halves.
ATL_MM_INLINE float ATL_MM(atl_mm_lanes_sum)(ATL_MM_VECTOR v) {
    typedef float quarter __attribute__((ext_vector_type(4)));
#if ATL_MM_LANES == 16
    typedef float half __attribute__((ext_vector_type(8)));
    half eight = v.lo + v.hi;
    quarter four = eight.lo + eight.hi;
#elif ATL_MM_LANES == 8
    quarter four = v.lo + v.hi;
#else
    quarter four = v;
#endif
    return (four.x + four.z) + (four.y + four.w);
}

/// Sums along the vectors. Rows that are not there repeat the last: a row's bits are its own.
ATL_MM_INLINE void ATL_MM(atl_mm_dot_body)(const atl_matmul_dot *dot, const int columns) {
    enum { ROWS = ATL_MATMUL_DOT_ROWS };
    ATL_MM_VECTOR sum[ROWS][ATL_MATMUL_DOT_COLUMNS];
    const float *a[ROWS];
    const int lanes = ATL_MM_LANES;
    ATL_MM_UNROLL for (int r = 0; r < ROWS; r++) {
        a[r] = dot->a + (r < dot->rows ? r : dot->rows - 1) * dot->a_stride;
        ATL_MM_UNROLL for (int c = 0; c < columns; c++) sum[r][c] = (ATL_MM_VECTOR)(0);
    }
    int64_t k = 0;
    for (; k + lanes <= dot->depth; k += lanes) {
        ATL_MM_VECTOR right[ATL_MATMUL_DOT_COLUMNS];
        ATL_MM_UNROLL for (int c = 0; c < columns; c++) {
            right[c] = *(const ATL_MM_VECTOR *)(dot->b + c * dot->b_stride + k);
        }
        ATL_MM_UNROLL for (int r = 0; r < ROWS; r++) {
            ATL_MM_VECTOR left = *(const ATL_MM_VECTOR *)(a[r] + k);
            ATL_MM_UNROLL for (int c = 0; c < columns; c++) {
                sum[r][c] = ATL_MM_FMA(left, right[c], sum[r][c]);
            }
        }
    }
    ATL_MM_UNROLL for (int r = 0; r < ROWS; r++) {
        ATL_MM_UNROLL for (int c = 0; c < columns; c++) {
            float total = ATL_MM(atl_mm_lanes_sum)(sum[r][c]);
            for (int64_t i = k; i < dot->depth; i++) {
                total += a[r][i] * dot->b[c * dot->b_stride + i];
            }
            if (r < dot->rows) dot->c[r * dot->c_row_step + c * dot->c_column_step] = total;
        }
    }
}

ATL_MM_TARGET static void ATL_MM(atl_mm_dot)(const atl_matmul_dot *dot) {
    switch (dot->columns) {
    case 1: ATL_MM(atl_mm_dot_body)(dot, 1); break;
    case 2: ATL_MM(atl_mm_dot_body)(dot, 2); break;
    default: ATL_MM(atl_mm_dot_body)(dot, 3); break;
    }
}

// MARK: Sums of few rows

/// A vector of one row's result. `depth` is a constant wherever this is inlined.
ATL_MM_INLINE ATL_MM_VECTOR ATL_MM(atl_mm_outer_sum)(
    const ATL_MM_VECTOR *left, const float *panel, int64_t panel_stride, const int depth) {
    ATL_MM_VECTOR sum = (ATL_MM_VECTOR)(0);
    ATL_MM_UNROLL for (int k = 0; k < depth; k++) {
        sum = ATL_MM_FMA(left[k], *(const ATL_MM_VECTOR *)(panel + k * panel_stride), sum);
    }
    return sum;
}

/// The left factors of a row live in registers.
ATL_MM_INLINE void ATL_MM(atl_mm_outer_body)(const atl_matmul_outer *outer, const int depth) {
    const int lanes = ATL_MM_LANES;
    const int64_t columns = outer->columns, whole = columns / lanes * lanes;
    const int64_t panel_stride = outer->panel_stride, depth_stride = outer->depth_stride;
    const float *const panel = outer->panel, *const bias = outer->bias;
    const atl_dnnl_activation activation = outer->activation;
    const float slope = outer->slope;
    for (int64_t row = 0; row < outer->rows; row++) {
        const float *a = outer->a + row * outer->row_stride;
        float *c = outer->c + row * outer->c_stride;
        ATL_MM_VECTOR left[ATL_MATMUL_OUTER_DEPTH];
        ATL_MM_UNROLL for (int k = 0; k < depth; k++) {
            left[k] = (ATL_MM_VECTOR)(a[k * depth_stride]);
        }
        for (int64_t i = 0; i < whole; i += lanes) {
            ATL_MM_VECTOR sum = ATL_MM(atl_mm_outer_sum)(left, panel + i, panel_stride, depth);
            if (bias != NULL) sum += *(const ATL_MM_VECTOR *)(bias + i);
            *(ATL_MM_VECTOR *)(c + i) = ATL_MM(atl_mm_activated)(sum, activation, slope);
        }
        if (whole == columns) continue;
        ATL_MM_VECTOR sum = ATL_MM(atl_mm_outer_sum)(left, panel + whole, panel_stride, depth);
        const float *edge = (const float *)&sum;
        for (int64_t i = whole; i < columns; i++) {
            float value = edge[i - whole];
            if (bias != NULL) value += bias[i];
            atl_activate_linearly(&value, 1, activation, slope);
            c[i] = value;
        }
    }
}

ATL_MM_TARGET static void ATL_MM(atl_mm_outer)(const atl_matmul_outer *outer) {
    switch (outer->depth) {
    case 1: ATL_MM(atl_mm_outer_body)(outer, 1); break;
    case 2: ATL_MM(atl_mm_outer_body)(outer, 2); break;
    case 3: ATL_MM(atl_mm_outer_body)(outer, 3); break;
    case 4: ATL_MM(atl_mm_outer_body)(outer, 4); break;
    case 5: ATL_MM(atl_mm_outer_body)(outer, 5); break;
    case 6: ATL_MM(atl_mm_outer_body)(outer, 6); break;
    case 7: ATL_MM(atl_mm_outer_body)(outer, 7); break;
    default: ATL_MM(atl_mm_outer_body)(outer, 8); break;
    }
}

// MARK: Panels

ATL_MM_TARGET static void ATL_MM(atl_mm_copy_panel)(
    float *panel, const float *b, int64_t stride, int64_t depth, int columns, int width) {
    if (columns == width && width == 2 * ATL_MM_LANES) {
        for (int64_t k = 0; k < depth; k++) {
            ATL_MM_VECTOR first = *(const ATL_MM_VECTOR *)(b + k * stride);
            ATL_MM_VECTOR second = *(const ATL_MM_VECTOR *)(b + k * stride + ATL_MM_LANES);
            *(ATL_MM_VECTOR *)(panel + k * width) = first;
            *(ATL_MM_VECTOR *)(panel + k * width + ATL_MM_LANES) = second;
        }
        return;
    }
    for (int64_t k = 0; k < depth; k++) {
        memcpy(panel + k * width, b + k * stride, (size_t)columns * sizeof(float));
        for (int i = columns; i < width; i++) panel[k * width + i] = 0;
    }
}

ATL_MM_TARGET static void ATL_MM(atl_mm_transpose_panel)(
    float *panel, const float *b, int64_t stride, int64_t depth, int columns, int width) {
    typedef float quad __attribute__((ext_vector_type(4), aligned(4)));
    int column = 0;
    // Four columns at a time: few enough streams for the cache, whatever the stride.
    for (; column + 4 <= columns; column += 4) {
        const float *from = b + column * stride;
        int64_t k = 0;
        for (; k + 4 <= depth; k += 4) {
            quad r0 = *(const quad *)(from + k), r1 = *(const quad *)(from + stride + k);
            quad r2 = *(const quad *)(from + 2 * stride + k);
            quad r3 = *(const quad *)(from + 3 * stride + k);
            quad low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
            quad high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
            quad low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
            quad high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
            float *to = panel + k * width + column;
            *(quad *)to = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
            *(quad *)(to + width) = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
            *(quad *)(to + 2 * width) = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
            *(quad *)(to + 3 * width) = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
        }
        for (; k < depth; k++) {
            for (int i = 0; i < 4; i++) panel[k * width + column + i] = from[i * stride + k];
        }
    }
    for (; column < width; column++) {
        for (int64_t k = 0; k < depth; k++) {
            panel[k * width + column] = column < columns ? b[column * stride + k] : 0;
        }
    }
}

#undef ATL_MM_SUFFIX
#undef ATL_MM_TARGET
#undef ATL_MM_BYTES
#undef ATL_MM_ROWS
#undef ATL_MM_FMA
#undef ATL_MM_JOIN_
#undef ATL_MM_JOIN
#undef ATL_MM
#undef ATL_MM_LANES
#undef ATL_MM_VECTOR
#undef ATL_MM_MASK
#undef ATL_MM_UNROLL
#undef ATL_MM_INLINE
#undef ATL_MM_CASE
#undef ATL_MM_THREE
#undef ATL_MM_SIX
#undef ATL_MM_TWELVE
#undef ATL_MM_FULL
#undef ATL_MM_HALF
#undef ATL_MM_SWITCH
