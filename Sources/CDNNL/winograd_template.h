// The transforms of Winograd's convolution, for one instruction set: included once for each, with
// these defined.
//   ATL_WINOGRAD_SUFFIX  appended to the functions' names
//   ATL_WINOGRAD_TARGET  the functions' target attribute, or nothing
//   ATL_WINOGRAD_BYTES   the width of a vector
//   ATL_WINOGRAD_FMA(a, b, c)
// Not a header of its own.

#define ATL_WINOGRAD_JOIN_(a, b) a##b
#define ATL_WINOGRAD_JOIN(a, b) ATL_WINOGRAD_JOIN_(a, b)
#define ATL_WINOGRAD_HELPER(name) ATL_WINOGRAD_JOIN(name, ATL_WINOGRAD_SUFFIX)
#define ATL_WINOGRAD_VECTOR ATL_WINOGRAD_HELPER(atl_winograd_vector)
#define ATL_WINOGRAD_LANES (ATL_WINOGRAD_BYTES / 4)

typedef float ATL_WINOGRAD_VECTOR
    __attribute__((ext_vector_type(ATL_WINOGRAD_LANES), aligned(4)));

/// `sum + x * factor`. Factors are constants wherever this is inlined: nothing is left of ones.
ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) ATL_WINOGRAD_VECTOR
ATL_WINOGRAD_HELPER(atl_winograd_add)(
    ATL_WINOGRAD_VECTOR sum, const bool empty, ATL_WINOGRAD_VECTOR x, const float factor) {
    if (empty) return factor == 1 ? x : x * factor;
    if (factor == 1) return sum + x;
    if (factor == -1) return sum - x;
    return ATL_WINOGRAD_FMA(x, (ATL_WINOGRAD_VECTOR)(factor), sum);
}

/// One row of a matrix whose rows come in pairs for the points a and -a: elements of even and of
/// odd index are summed apart, the latter over their last factor, so that the compiler finds the
/// same two sums in both rows of a pair.
ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) ATL_WINOGRAD_VECTOR
ATL_WINOGRAD_HELPER(atl_winograd_paired_rows)(
    const float *row, const int length, const ATL_WINOGRAD_VECTOR *in) {
    ATL_WINOGRAD_VECTOR even = (ATL_WINOGRAD_VECTOR)(0), odd = even;
    float odd_factor = 0;
    bool even_empty = true;
#pragma clang loop unroll(full)
    for (int k = length - 1; k >= 0; k--) {
        if (row[k] == 0) continue;
        if (k % 2 == 0) {
            even = ATL_WINOGRAD_HELPER(atl_winograd_add)(even, even_empty, in[k], row[k]);
            even_empty = false;
        } else {
            const bool first = odd_factor == 0;
            if (first) odd_factor = row[k];
            odd = ATL_WINOGRAD_HELPER(atl_winograd_add)(odd, first, in[k], row[k] / odd_factor);
        }
    }
    if (odd_factor == 0) return even;
    return ATL_WINOGRAD_HELPER(atl_winograd_add)(even, even_empty, odd, odd_factor);
}

/// One row of a matrix whose columns come in such pairs: their elements are added or subtracted
/// before, for all rows.
ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) ATL_WINOGRAD_VECTOR
ATL_WINOGRAD_HELPER(atl_winograd_paired_columns)(
    const float *row, const int length, const ATL_WINOGRAD_VECTOR *in) {
    ATL_WINOGRAD_VECTOR sum = (ATL_WINOGRAD_VECTOR)(0);
    bool empty = true;
#pragma clang loop unroll(full)
    for (int k = 0; k < length; k++) {
        const float factor = row[k];
        // The second of a pair is there already.
        const bool second = k % 2 == 0 && k > 0 && (row[k - 1] == factor || row[k - 1] == -factor);
        if (factor == 0 || second) continue;
        ATL_WINOGRAD_VECTOR x = in[k];
        if (k % 2 == 1 && k + 1 < length) {
            if (row[k + 1] == factor) x = in[k] + in[k + 1];
            if (row[k + 1] == -factor) x = in[k] - in[k + 1];
        }
        sum = ATL_WINOGRAD_HELPER(atl_winograd_add)(sum, empty, x, factor);
        empty = false;
    }
    return sum;
}

ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) ATL_WINOGRAD_VECTOR
ATL_WINOGRAD_HELPER(atl_winograd_row)(
    const float *row, const int from, const int to, const ATL_WINOGRAD_VECTOR *in) {
    // A matrix has rows for the points, or columns for them.
    if (to >= from) return ATL_WINOGRAD_HELPER(atl_winograd_paired_rows)(row, from, in);
    return ATL_WINOGRAD_HELPER(atl_winograd_paired_columns)(row, from, in);
}

/// The square of one vector of channels. `last` says that post-ops follow.
ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) void
ATL_WINOGRAD_HELPER(atl_winograd_step)(
    const float *matrix, const int from, const int to, const int last,
    const atl_winograd_square *square, const float *const *in, float *const *out, int64_t channel,
    const float *bias) {
    ATL_WINOGRAD_VECTOR half[6 * 6];
#pragma clang loop unroll(full)
    for (int x = 0; x < from; x++) {
        ATL_WINOGRAD_VECTOR column[6];
#pragma clang loop unroll(full)
        for (int y = 0; y < from; y++) {
            column[y] = *(const ATL_WINOGRAD_VECTOR *)(in[y * from + x] + channel);
        }
#pragma clang loop unroll(full)
        for (int y = 0; y < to; y++) {
            half[y * from + x] =
                ATL_WINOGRAD_HELPER(atl_winograd_row)(matrix + y * from, from, to, column);
        }
    }
    ATL_WINOGRAD_VECTOR shift = (ATL_WINOGRAD_VECTOR)(0);
    if (last && bias != NULL) shift = *(const ATL_WINOGRAD_VECTOR *)(bias + channel);
#pragma clang loop unroll(full)
    for (int y = 0; y < to; y++) {
#pragma clang loop unroll(full)
        for (int x = 0; x < to; x++) {
            ATL_WINOGRAD_VECTOR value = ATL_WINOGRAD_HELPER(atl_winograd_row)(
                matrix + x * from, from, to, half + y * from);
            if (last) {
                if (bias != NULL) value += shift;
                if (square->activation == ATL_DNNL_RELU) {
                    value = value < 0 ? (ATL_WINOGRAD_VECTOR)(0) : value;
                } else if (square->activation == ATL_DNNL_LEAKY_RELU) {
                    value = value > 0 ? value : value * square->slope;
                }
            }
            *(ATL_WINOGRAD_VECTOR *)(out[y * to + x] + channel) = value;
        }
    }
}

/// All channels; the last ones through buffers, if they do not fill a vector.
ATL_WINOGRAD_TARGET static inline __attribute__((always_inline)) void
ATL_WINOGRAD_HELPER(atl_winograd_body)(
    const float *matrix, const int from, const int to, const int last,
    const atl_winograd_square *square) {
    const int lanes = ATL_WINOGRAD_LANES;
    int64_t channel = 0;
    for (; channel + lanes <= square->count; channel += lanes) {
        ATL_WINOGRAD_HELPER(atl_winograd_step)(
            matrix, from, to, last, square, square->in, square->out, channel, square->bias);
    }
    if (channel == square->count) return;
    const size_t rest = (size_t)(square->count - channel) * sizeof(float);
    float in_rest[36][ATL_WINOGRAD_LANES], out_rest[36][ATL_WINOGRAD_LANES];
    float bias_rest[ATL_WINOGRAD_LANES];
    const float *in[36];
    float *out[36];
    for (int i = 0; i < from * from; i++) {
        memset(in_rest[i], 0, sizeof in_rest[i]);
        memcpy(in_rest[i], square->in[i] + channel, rest);
        in[i] = in_rest[i];
    }
    for (int i = 0; i < to * to; i++) out[i] = out_rest[i];
    if (last && square->bias != NULL) {
        memset(bias_rest, 0, sizeof bias_rest);
        memcpy(bias_rest, square->bias + channel, rest);
    }
    ATL_WINOGRAD_HELPER(atl_winograd_step)(
        matrix, from, to, last, square, in, out, 0,
        last && square->bias != NULL ? bias_rest : NULL);
    for (int i = 0; i < to * to; i++) memcpy(square->out[i] + channel, out_rest[i], rest);
}

/// A transform with the matrix `name`, of `to` rows and `from` columns.
#define ATL_WINOGRAD_FUNCTION(name, from, to, last)                                                \
    ATL_WINOGRAD_TARGET static void ATL_WINOGRAD_HELPER(name##_run)(                               \
        const atl_winograd_square *square) {                                                       \
        ATL_WINOGRAD_HELPER(atl_winograd_body)(&name[0][0], from, to, last, square);               \
    }

/// The five transforms of F(m, r).
#define ATL_WINOGRAD_FAMILY(name, m, r)                                                            \
    ATL_WINOGRAD_FUNCTION(name##_input, m + r - 1, m + r - 1, 0)                                   \
    ATL_WINOGRAD_FUNCTION(name##_output, m + r - 1, m, 1)                                          \
    ATL_WINOGRAD_FUNCTION(name##_weights, r, m + r - 1, 0)                                         \
    ATL_WINOGRAD_FUNCTION(name##_output_adjoint, m, m + r - 1, 0)                                  \
    ATL_WINOGRAD_FUNCTION(name##_weights_adjoint, m + r - 1, r, 0)

#define ATL_WINOGRAD_ENTRY(text, name, m, r)                                                       \
    {                                                                                              \
        text, m, r, m + r - 1, ATL_WINOGRAD_HELPER(name##_input_run),                              \
            ATL_WINOGRAD_HELPER(name##_output_run), ATL_WINOGRAD_HELPER(name##_weights_run),       \
            ATL_WINOGRAD_HELPER(name##_output_adjoint_run),                                        \
            ATL_WINOGRAD_HELPER(name##_weights_adjoint_run)                                        \
    }

ATL_WINOGRAD_FAMILY(atl_winograd_43, 4, 3)
ATL_WINOGRAD_FAMILY(atl_winograd_23, 2, 3)
ATL_WINOGRAD_FAMILY(atl_winograd_42, 4, 2)
ATL_WINOGRAD_FAMILY(atl_winograd_22, 2, 2)

static const atl_winograd_family ATL_WINOGRAD_HELPER(atl_winograd_families)[] = {
    ATL_WINOGRAD_ENTRY("F(4, 3)", atl_winograd_43, 4, 3),
    ATL_WINOGRAD_ENTRY("F(2, 3)", atl_winograd_23, 2, 3),
    ATL_WINOGRAD_ENTRY("F(4, 2)", atl_winograd_42, 4, 2),
    ATL_WINOGRAD_ENTRY("F(2, 2)", atl_winograd_22, 2, 2),
};

#undef ATL_WINOGRAD_SUFFIX
#undef ATL_WINOGRAD_TARGET
#undef ATL_WINOGRAD_BYTES
#undef ATL_WINOGRAD_FMA
#undef ATL_WINOGRAD_JOIN_
#undef ATL_WINOGRAD_JOIN
#undef ATL_WINOGRAD_HELPER
#undef ATL_WINOGRAD_VECTOR
#undef ATL_WINOGRAD_LANES
#undef ATL_WINOGRAD_FUNCTION
#undef ATL_WINOGRAD_FAMILY
#undef ATL_WINOGRAD_ENTRY
