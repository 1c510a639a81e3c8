// The bodies of the tile loops. Included once per instruction set level, which defines ATL_TABLE
// (the name of the table) and switches the target of the functions around the inclusion.
//
// `assume_safety` tells the vectoriser that lanes are independent: an operand is either the very
// memory of the result or does not touch it.

#define ATL_LOOP \
    _Pragma("clang loop vectorize(assume_safety) interleave(enable)") \
    for (int64_t i = 0; i < count; i++)

#define ATL_ARGUMENTS \
    void *to, const void *a, const void *b, const void *c, int64_t count, \
        const atl_instruction *instruction

// Long chains of dependent operations: two vectors side by side hide their latency.
#define ATL_MATH_LOOP \
    _Pragma("clang loop vectorize(assume_safety) interleave_count(2)") \
    for (int64_t i = 0; i < count; i++)

#define ATL_MATH(name, expression) \
    static void name(ATL_ARGUMENTS) { \
        float *y = to; \
        const float *p = a; \
        (void)b, (void)c, (void)instruction; \
        ATL_MATH_LOOP { \
            float x = p[i]; \
            y[i] = (expression); \
        } \
    }

#define ATL_UNARY(name, T, U, expression) \
    static void name(ATL_ARGUMENTS) { \
        T *y = to; \
        const U *p = a; \
        (void)b, (void)c, (void)instruction; \
        ATL_LOOP { \
            U x = p[i]; \
            y[i] = (expression); \
        } \
    }

#define ATL_BINARY(name, T, U, expression) \
    static void name(ATL_ARGUMENTS) { \
        T *r = to; \
        const U *p = a, *q = b; \
        (void)c, (void)instruction; \
        ATL_LOOP { \
            U x = p[i], y = q[i]; \
            r[i] = (expression); \
        } \
    }

// Sources (an index along an axis is made by the interpreter itself)

static void lane_const_f(ATL_ARGUMENTS) {
    float *y = to, value = instruction->imm0;
    (void)a, (void)b, (void)c;
    ATL_LOOP y[i] = value;
}

static void lane_const_i(ATL_ARGUMENTS) {
    int32_t *y = to, value = instruction->integer;
    (void)a, (void)b, (void)c;
    ATL_LOOP y[i] = value;
}

// float -> float

ATL_UNARY(lane_neg_f, float, float, -x)
ATL_UNARY(lane_abs_f, float, float, fabsf(x))
ATL_UNARY(lane_sign_f, float, float, x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : x))
ATL_UNARY(lane_square_f, float, float, x * x)
ATL_UNARY(lane_reciprocal_f, float, float, 1.0f / x)
ATL_MATH(lane_exp_f, atl_exp(x))
ATL_MATH(lane_log_f, atl_log(x))
ATL_UNARY(lane_sqrt_f, float, float, sqrtf(x))
ATL_UNARY(lane_rsqrt_f, float, float, 1.0f / sqrtf(x))
ATL_MATH(lane_tanh_f, atl_tanh(x))
ATL_MATH(lane_sigmoid_f, atl_sigmoid(x))
ATL_MATH(lane_softplus_f, atl_softplus(x))
ATL_MATH(lane_erf_f, atl_erf(x))
ATL_UNARY(lane_relu_f, float, float, x < 0.0f ? 0.0f : x)
ATL_UNARY(lane_floor_f, float, float, floorf(x))
ATL_UNARY(lane_round_bf16_f, float, float, atl_float(atl_bf16_bits(x) << 16))

static void lane_leaky_relu_f(ATL_ARGUMENTS) {
    float *y = to, slope = instruction->imm0;
    const float *p = a;
    (void)b, (void)c;
    ATL_LOOP {
        float x = p[i];
        y[i] = x > 0.0f ? x : x * slope;
    }
}

static void lane_clamp_f(ATL_ARGUMENTS) {
    float *y = to, low = instruction->imm0, high = instruction->imm1;
    const float *p = a;
    (void)b, (void)c;
    ATL_LOOP {
        float x = p[i];
        x = x < low ? low : x;
        y[i] = x > high ? high : x;
    }
}

#define ATL_CIRCULAR(name, quarter, library) \
    static void name(ATL_ARGUMENTS) { \
        float *y = to; \
        const float *p = a; \
        (void)b, (void)c, (void)instruction; \
        enum { block = 64 }; \
        for (int64_t start = 0; start < count; start += block) { \
            int64_t length = count - start < block ? count - start : block; \
            float results[block]; \
            int32_t beyond = 0; \
            for (int64_t i = 0; i < length; i++) { \
                float x = p[start + i]; \
                results[i] = atl_circular(x, quarter); \
                beyond |= !(fabsf(x) < 1e4f); \
            } \
            if (beyond) { \
                for (int64_t i = 0; i < length; i++) { \
                    float x = p[start + i]; \
                    if (!(fabsf(x) < 1e4f)) results[i] = library(x); \
                } \
            } \
            memcpy(y + start, results, (size_t)length * sizeof(float)); \
        } \
    }

ATL_CIRCULAR(lane_sin_f, 0, sinf)
ATL_CIRCULAR(lane_cos_f, 1, cosf)

// (float, float)

ATL_BINARY(lane_add_f, float, float, x + y)
ATL_BINARY(lane_sub_f, float, float, x - y)
ATL_BINARY(lane_mul_f, float, float, x * y)
ATL_BINARY(lane_div_f, float, float, x / y)
ATL_BINARY(lane_max_f, float, float, x != x ? x : (x > y ? x : y))
ATL_BINARY(lane_min_f, float, float, x != x ? x : (x < y ? x : y))
ATL_BINARY(lane_eq_f, int32_t, float, x == y)
ATL_BINARY(lane_ne_f, int32_t, float, x != y)
ATL_BINARY(lane_lt_f, int32_t, float, x < y)
ATL_BINARY(lane_le_f, int32_t, float, x <= y)
ATL_BINARY(lane_gt_f, int32_t, float, x > y)
ATL_BINARY(lane_ge_f, int32_t, float, x >= y)

static void lane_pow_f(ATL_ARGUMENTS) {
    float *r = to;
    const float *p = a, *q = b;
    (void)c, (void)instruction;
    for (int64_t i = 0; i < count; i++) r[i] = powf(p[i], q[i]);
}

ATL_UNARY(lane_is_finite_f, int32_t, float, fabsf(x) < INFINITY)
ATL_UNARY(lane_nonzero_f, int32_t, float, x != 0.0f)

// int32: arithmetic wraps around

ATL_UNARY(lane_neg_i, uint32_t, uint32_t, 0u - x)
ATL_UNARY(lane_abs_i, uint32_t, uint32_t, (int32_t)x < 0 ? 0u - x : x)
ATL_UNARY(lane_sign_i, int32_t, int32_t, (x > 0) - (x < 0))
ATL_UNARY(lane_square_i, uint32_t, uint32_t, x * x)
ATL_UNARY(lane_not_i, int32_t, int32_t, x == 0)
ATL_UNARY(lane_nonzero_i, int32_t, int32_t, x != 0)
ATL_UNARY(lane_saturate_u8_i, int32_t, int32_t, x < 0 ? 0 : (x > 255 ? 255 : x))

ATL_INLINE int32_t atl_divide(int32_t x, int32_t y) {
    if (y == 0) return 0;
    if (y == -1) return (int32_t)(0u - (uint32_t)x);
    return x / y;
}

ATL_BINARY(lane_add_i, uint32_t, uint32_t, x + y)
ATL_BINARY(lane_sub_i, uint32_t, uint32_t, x - y)
ATL_BINARY(lane_mul_i, uint32_t, uint32_t, x *y)
ATL_BINARY(lane_div_i, int32_t, int32_t, atl_divide(x, y))
ATL_BINARY(lane_max_i, int32_t, int32_t, x > y ? x : y)
ATL_BINARY(lane_min_i, int32_t, int32_t, x < y ? x : y)
ATL_BINARY(lane_and_i, int32_t, int32_t, x &y)
ATL_BINARY(lane_or_i, int32_t, int32_t, x | y)
ATL_BINARY(lane_eq_i, int32_t, int32_t, x == y)
ATL_BINARY(lane_ne_i, int32_t, int32_t, x != y)
ATL_BINARY(lane_lt_i, int32_t, int32_t, x < y)
ATL_BINARY(lane_le_i, int32_t, int32_t, x <= y)
ATL_BINARY(lane_gt_i, int32_t, int32_t, x > y)
ATL_BINARY(lane_ge_i, int32_t, int32_t, x >= y)

ATL_UNARY(lane_i_to_f, float, int32_t, (float)x)
ATL_UNARY(lane_f_to_i, int32_t, float, atl_to_int(x))

static void lane_select(ATL_ARGUMENTS) {
    uint32_t *r = to;
    const int32_t *condition = a;
    const uint32_t *p = b, *q = c;
    (void)instruction;
    ATL_LOOP {
        uint32_t x = p[i], y = q[i];    // both are read: a blend, not a branch
        r[i] = condition[i] != 0 ? x : y;
    }
}

// Loads and stores

#define ATL_LOAD(name, T, S, expression) \
    static void name(void *lanes, const void *from, int64_t stride, int64_t count) { \
        T *y = lanes; \
        const S *p = from; \
        if (stride == 1) { \
            ATL_LOOP { \
                S x = p[i]; \
                y[i] = (expression); \
            } \
        } else if (stride == 0) { \
            S x = p[0]; \
            T value = (expression); \
            ATL_LOOP y[i] = value; \
        } else { \
            for (int64_t i = 0; i < count; i++) { \
                S x = p[i * stride]; \
                y[i] = (expression); \
            } \
        } \
    }

ATL_LOAD(load_32, uint32_t, uint32_t, x)
ATL_LOAD(load_bf16, uint32_t, uint16_t, (uint32_t)x << 16)
ATL_LOAD(load_u8, int32_t, uint8_t, x)
ATL_LOAD(load_bool, int32_t, uint8_t, x != 0)

#define ATL_STORE(name, D, S, expression) \
    static void name(void *to, const void *lanes, int64_t count) { \
        D *y = to; \
        const S *p = lanes; \
        ATL_LOOP { \
            S x = p[i]; \
            y[i] = (D)(expression); \
        } \
    }

ATL_STORE(store_32, uint32_t, uint32_t, x)
ATL_STORE(store_bf16, uint16_t, float, atl_bf16_bits(x))
ATL_STORE(store_u8, uint8_t, int32_t, x < 0 ? 0 : (x > 255 ? 255 : x))
ATL_STORE(store_bool, uint8_t, int32_t, x != 0)

// Reductions: floats are added in `ATL_LANES` running sums of one tile, these in
// double: a fixed tree.

#define ATL_LANES 32
#define ATL_WIDE_LANES 8

#define ATL_FOLD_ADD(m, x) ((m) + (x))
#define ATL_FOLD_MAX(m, x) ((((x) > (m)) | ((x) != (x))) ? (x) : (m))
#define ATL_FOLD_MIN(m, x) ((((x) < (m)) | ((x) != (x))) ? (x) : (m))

#define ATL_REDUCTION(suffix, FOLD, identity) \
    /* Apart, so that the running values stay in vector registers. */ \
    static __attribute__((noinline)) int64_t fold_lanes_##suffix( \
        float *to, const float *lanes, int64_t count) { \
        float running[ATL_LANES]; \
        int64_t i = ATL_LANES; \
        for (int k = 0; k < ATL_LANES; k++) running[k] = lanes[k]; \
        for (; i + ATL_LANES <= count; i += ATL_LANES) \
            for (int k = 0; k < ATL_LANES; k++) running[k] = FOLD(running[k], lanes[i + k]); \
        for (int k = 0; k < ATL_LANES; k++) to[k] = running[k]; \
        return i; \
    } \
    static double reduce_row_##suffix(const float *lanes, int64_t count) { \
        double total = identity; \
        int64_t i = ATL_WIDE_LANES; \
        if (count >= ATL_WIDE_LANES) { \
            double wide[ATL_WIDE_LANES]; \
            if (count >= ATL_LANES) { \
                float running[ATL_LANES]; \
                i = fold_lanes_##suffix(running, lanes, count); \
                for (int k = 0; k < ATL_WIDE_LANES; k++) { \
                    double m = (double)running[k], n = (double)running[k + 16]; \
                    m = FOLD(m, (double)running[k + 8]); \
                    n = FOLD(n, (double)running[k + 24]); \
                    wide[k] = FOLD(m, n); \
                } \
            } else { \
                for (int k = 0; k < ATL_WIDE_LANES; k++) wide[k] = (double)lanes[k]; \
            } \
            for (; i + ATL_WIDE_LANES <= count; i += ATL_WIDE_LANES) \
                for (int k = 0; k < ATL_WIDE_LANES; k++) \
                    wide[k] = FOLD(wide[k], (double)lanes[i + k]); \
            for (int k = 0; k < 4; k++) wide[k] = FOLD(wide[k], wide[k + 4]); \
            for (int k = 0; k < 2; k++) wide[k] = FOLD(wide[k], wide[k + 2]); \
            total = FOLD(wide[0], wide[1]); \
        } else { \
            i = 0; \
        } \
        for (; i < count; i++) total = FOLD(total, (double)lanes[i]); \
        return total; \
    } \
    static void reduce_rows_##suffix( \
        double *to, const float *lanes, int64_t rows, int64_t count) { \
        for (int64_t row = 0; row < rows; row++) \
            to[row] = reduce_row_##suffix(lanes + row * count, count); \
    } \
    static void accumulate_##suffix(float *running, const float *lanes, int64_t count) { \
        ATL_LOOP { \
            float m = running[i], x = lanes[i]; \
            running[i] = FOLD(m, x); \
        } \
    } \
    static void flush_##suffix( \
        double *wide, const float *running, int64_t period, int64_t count) { \
        for (int64_t start = 0; start < count; start += period) { \
            int64_t length = count - start < period ? count - start : period; \
            const float *p = running + start; \
            _Pragma("clang loop vectorize(assume_safety)") \
            for (int64_t i = 0; i < length; i++) { \
                double m = wide[i], x = (double)p[i]; \
                wide[i] = FOLD(m, x); \
            } \
        } \
    }

ATL_REDUCTION(sum, ATL_FOLD_ADD, 0.0)
ATL_REDUCTION(max, ATL_FOLD_MAX, -(double)INFINITY)
ATL_REDUCTION(min, ATL_FOLD_MIN, (double)INFINITY)

const atl_kernels ATL_TABLE = {
    .instructions = {
        [ATL_CONST_F] = lane_const_f, [ATL_CONST_I] = lane_const_i, [ATL_NEG_F] = lane_neg_f,
        [ATL_ABS_F] = lane_abs_f, [ATL_SIGN_F] = lane_sign_f, [ATL_SQUARE_F] = lane_square_f,
        [ATL_RECIPROCAL_F] = lane_reciprocal_f, [ATL_EXP_F] = lane_exp_f,
        [ATL_LOG_F] = lane_log_f, [ATL_SQRT_F] = lane_sqrt_f, [ATL_RSQRT_F] = lane_rsqrt_f,
        [ATL_TANH_F] = lane_tanh_f, [ATL_SIGMOID_F] = lane_sigmoid_f,
        [ATL_SOFTPLUS_F] = lane_softplus_f, [ATL_ERF_F] = lane_erf_f, [ATL_SIN_F] = lane_sin_f,
        [ATL_COS_F] = lane_cos_f, [ATL_RELU_F] = lane_relu_f,
        [ATL_LEAKY_RELU_F] = lane_leaky_relu_f, [ATL_CLAMP_F] = lane_clamp_f,
        [ATL_FLOOR_F] = lane_floor_f, [ATL_ROUND_BF16_F] = lane_round_bf16_f,
        [ATL_ADD_F] = lane_add_f, [ATL_SUB_F] = lane_sub_f, [ATL_MUL_F] = lane_mul_f,
        [ATL_DIV_F] = lane_div_f, [ATL_POW_F] = lane_pow_f, [ATL_MAX_F] = lane_max_f,
        [ATL_MIN_F] = lane_min_f, [ATL_EQ_F] = lane_eq_f, [ATL_NE_F] = lane_ne_f,
        [ATL_LT_F] = lane_lt_f, [ATL_LE_F] = lane_le_f, [ATL_GT_F] = lane_gt_f,
        [ATL_GE_F] = lane_ge_f, [ATL_IS_FINITE_F] = lane_is_finite_f,
        [ATL_NONZERO_F] = lane_nonzero_f, [ATL_NEG_I] = lane_neg_i, [ATL_ABS_I] = lane_abs_i,
        [ATL_SIGN_I] = lane_sign_i, [ATL_SQUARE_I] = lane_square_i, [ATL_NOT_I] = lane_not_i,
        [ATL_NONZERO_I] = lane_nonzero_i,
        [ATL_SATURATE_U8_I] = lane_saturate_u8_i, [ATL_ADD_I] = lane_add_i,
        [ATL_SUB_I] = lane_sub_i, [ATL_MUL_I] = lane_mul_i, [ATL_DIV_I] = lane_div_i,
        [ATL_MAX_I] = lane_max_i, [ATL_MIN_I] = lane_min_i, [ATL_AND_I] = lane_and_i,
        [ATL_OR_I] = lane_or_i, [ATL_EQ_I] = lane_eq_i, [ATL_NE_I] = lane_ne_i,
        [ATL_LT_I] = lane_lt_i, [ATL_LE_I] = lane_le_i, [ATL_GT_I] = lane_gt_i,
        [ATL_GE_I] = lane_ge_i, [ATL_I_TO_F] = lane_i_to_f, [ATL_F_TO_I] = lane_f_to_i,
        [ATL_SELECT] = lane_select,
    },
    .load = {load_32, load_bf16, load_32, load_u8, load_bool},
    .store = {store_32, store_bf16, store_32, store_u8, store_bool},
    .reduce_row = {reduce_row_sum, reduce_row_max, reduce_row_min},
    .reduce_rows = {reduce_rows_sum, reduce_rows_max, reduce_rows_min},
    .accumulate = {accumulate_sum, accumulate_max, accumulate_min},
    .flush = {flush_sum, flush_max, flush_min},
};
