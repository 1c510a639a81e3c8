// A thin C face over oneDNN (2.x and 3.x): convolution with its two adjoints, and matmul, on plain
// float32 tensors. Images are nhwc, weights [O, KH, KW, C / groups], matrices row-major; all
// contiguous.
//
// A primitive is created once, for one shape and for the number of threads that the calling thread
// has set at that moment, and run any number of times; a run allocates nothing and returns when the
// result is there. Which algorithm a primitive takes depends on shapes, instruction set and threads
// alone, never on timing: the same run gives the same bits.
//
// Functions that can fail return `ATL_DNNL_OK` or a code, and then fill `error` (may be NULL). None
// aborts. A context can serve several threads; one primitive runs on one thread at a time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Errors

/// What a function answers.
typedef enum {
    ATL_DNNL_OK = 0,
    ATL_DNNL_OUT_OF_MEMORY = 1,
    /// The arguments contradict each other or are out of range.
    ATL_DNNL_INVALID_ARGUMENTS = 2,
    /// Neither oneDNN nor the shim has this case.
    ATL_DNNL_UNSUPPORTED = 3,
    /// oneDNN failed at something that should have worked.
    ATL_DNNL_RUNTIME_ERROR = 4,
} atl_dnnl_code;

/// The reason of a failure.
typedef struct {
    atl_dnnl_code code;
    /// One line, zero-terminated.
    char message[248];
} atl_dnnl_error;

// MARK: The machine

/// The CPU engine and its stream.
typedef struct atl_dnnl_context atl_dnnl_context;

/// Makes a context.
atl_dnnl_code atl_dnnl_context_create(
    atl_dnnl_context *_Nullable *_Nonnull context, atl_dnnl_error *_Nullable error);

/// Frees a context; NULL is allowed. Its primitives must be gone.
void atl_dnnl_context_destroy(atl_dnnl_context *_Nullable context);

/// The version of the library that is linked, as `2.6.3`.
const char *_Nonnull atl_dnnl_version(void);

/// The instruction set that oneDNN uses here, as `avx2` or `avx512_core_bf16`.
const char *_Nonnull atl_dnnl_isa(void);

/// Sets how many threads the calling thread's primitives are made for and run on (at least 1).
void atl_dnnl_set_threads(int threads);

/// How many threads the calling thread's primitives are made for.
int atl_dnnl_threads(void);

/// Whether bfloat16 primitives exist for this machine (AVX-512 core or better). Elsewhere
/// `ATL_DNNL_BFLOAT16` silently computes in float32.
bool atl_dnnl_supports_bfloat16(void);

// MARK: What primitives share

/// What operands may be rounded to. Accumulation and results are float32.
typedef enum { ATL_DNNL_FLOAT32 = 0, ATL_DNNL_BFLOAT16 = 1 } atl_dnnl_precision;

/// The function applied last to each element of a result.
typedef enum {
    ATL_DNNL_NO_ACTIVATION = 0,
    /// NaN stays NaN.
    ATL_DNNL_RELU = 1,
    /// `x` where `x > 0`, else `slope * x`.
    ATL_DNNL_LEAKY_RELU = 2,
    ATL_DNNL_TANH = 3,
    ATL_DNNL_SIGMOID = 4,
} atl_dnnl_activation;

/// What is done to a result while it is at hand: `activation(result + bias)`.
/// All zeros: nothing.
typedef struct {
    /// A bias for each channel: `[O]` of a forward convolution, `[C]` of a data gradient (the
    /// transposed convolution), `[N]` of a matmul. Not for weight gradients.
    bool bias;
    atl_dnnl_activation activation;
    /// The slope of `ATL_DNNL_LEAKY_RELU`.
    float slope;
} atl_dnnl_post_ops;

// MARK: Convolution

/// Which of the three products a convolution primitive computes.
typedef enum {
    /// source, weights -> destination
    ATL_DNNL_FORWARD = 0,
    /// destination, weights -> source; also the transposed convolution
    ATL_DNNL_DATA_GRADIENT = 1,
    /// source, destination -> weights
    ATL_DNNL_WEIGHT_GRADIENT = 2,
} atl_dnnl_convolution_kind;

/// The sizes of a convolution: source `[n, h, w, c]`, destination `[n, oh, ow, o]`, weights
/// `[o, kh, kw, c / groups]`. `pad_bottom` and `pad_right` may leave a rest that no window reaches,
/// and may be larger or smaller than the others (not negative).
typedef struct {
    int64_t n, h, w, c;
    int64_t oh, ow, o;
    int64_t kh, kw;
    int64_t stride_h, stride_w;
    int64_t pad_top, pad_bottom, pad_left, pad_right;
    /// 1 is dense.
    int64_t dilation_h, dilation_w;
    int64_t groups;
} atl_dnnl_geometry;

/// How a convolution is computed. All but `AUTOMATIC` are for benchmarks and tests.
typedef enum {
    /// The rule of the shim (`convolution_rule.c`).
    ATL_DNNL_AUTOMATIC = 0,
    /// oneDNN's convolution on nhwc.
    ATL_DNNL_DIRECT = 1,
    /// oneDNN's convolution on the layouts it likes best, with reorders before and after.
    ATL_DNNL_BLOCKED = 2,
    /// Matrix products of patches, gathered by the shim.
    ATL_DNNL_PATCHES = 3,
    /// Winograd's: fewer multiplications, results off by a few times 1e-6. 3x3 of stride 1, and
    /// 3x3 and 4x4 of stride 2, not grouped or dilated; unsupported elsewhere.
    ATL_DNNL_WINOGRAD = 4,
} atl_dnnl_algorithm;

/// A convolution ready to run.
typedef struct atl_dnnl_convolution atl_dnnl_convolution;

/// Makes a convolution. `post_ops` may be NULL (nothing).
atl_dnnl_code atl_dnnl_convolution_create(
    atl_dnnl_context *_Nonnull context, atl_dnnl_convolution_kind kind,
    const atl_dnnl_geometry *_Nonnull geometry, atl_dnnl_precision precision,
    const atl_dnnl_post_ops *_Nullable post_ops, atl_dnnl_algorithm algorithm,
    atl_dnnl_convolution *_Nullable *_Nonnull convolution, atl_dnnl_error *_Nullable error);

/// Frees a convolution; NULL is allowed.
void atl_dnnl_convolution_destroy(atl_dnnl_convolution *_Nullable convolution);

/// The bytes of the weights in the layout that the primitive runs on.
size_t atl_dnnl_convolution_packed_weight_bytes(const atl_dnnl_convolution *_Nonnull convolution);

/// Whether packed weights are the plain weights: packing can be left out.
bool atl_dnnl_convolution_packing_is_identity(const atl_dnnl_convolution *_Nonnull convolution);

/// A key of the packed layout, as text: primitives with equal keys share packed weights.
const char *_Nonnull atl_dnnl_convolution_packing_key(
    const atl_dnnl_convolution *_Nonnull convolution);

/// The bytes of scratch that a run needs (and packing needs none); 0 is possible.
size_t atl_dnnl_convolution_scratchpad_bytes(const atl_dnnl_convolution *_Nonnull convolution);

/// Whether operands are rounded to bfloat16.
bool atl_dnnl_convolution_uses_bfloat16(const atl_dnnl_convolution *_Nonnull convolution);

/// What runs, for people: algorithm and oneDNN's implementation, as `direct jit:avx2`.
const char *_Nonnull atl_dnnl_convolution_description(
    const atl_dnnl_convolution *_Nonnull convolution);

/// Plain weights to packed ones (forward and data gradient). The two must not overlap.
atl_dnnl_code atl_dnnl_convolution_pack_weights(
    atl_dnnl_convolution *_Nonnull convolution, const float *_Nonnull plain,
    void *_Nonnull packed, atl_dnnl_error *_Nullable error);

/// A packed weight gradient to a plain one (weight gradient). The two must not overlap.
atl_dnnl_code atl_dnnl_convolution_unpack_weights(
    atl_dnnl_convolution *_Nonnull convolution, const void *_Nonnull packed,
    float *_Nonnull plain, atl_dnnl_error *_Nullable error);

/// The tensors of a run. Which are read and which is written follows from the kind. Pointers may
/// have any alignment of a float; 64 bytes are best. `scratchpad` must be aligned to 64 bytes.
typedef struct {
    /// `[n, h, w, c]`; written by a data gradient.
    void *_Nullable source;
    /// Packed weights; written by a weight gradient.
    void *_Nullable weights;
    /// Where the post-ops have one.
    const void *_Nullable bias;
    /// `[n, oh, ow, o]`; written by a forward convolution.
    void *_Nullable destination;
    /// `atl_dnnl_convolution_scratchpad_bytes`.
    void *_Nullable scratchpad;
} atl_dnnl_convolution_tensors;

/// Runs a convolution and waits for it.
atl_dnnl_code atl_dnnl_convolution_run(
    atl_dnnl_convolution *_Nonnull convolution,
    const atl_dnnl_convolution_tensors *_Nonnull tensors, atl_dnnl_error *_Nullable error);

// MARK: Matrix products

/// `a [batch, m, k]` (`[batch, k, m]` if transposed) times `b [batch, k, n]` (`[batch, n, k]` if
/// transposed) gives `[batch, m, n]`.
typedef struct {
    int64_t batch, m, n, k;
    bool transpose_a, transpose_b;
} atl_dnnl_matmul_shape;

/// A matrix product ready to run.
typedef struct atl_dnnl_matmul atl_dnnl_matmul;

/// Makes a matrix product. `post_ops` may be NULL (nothing).
atl_dnnl_code atl_dnnl_matmul_create(
    atl_dnnl_context *_Nonnull context, const atl_dnnl_matmul_shape *_Nonnull shape,
    atl_dnnl_precision precision, const atl_dnnl_post_ops *_Nullable post_ops,
    atl_dnnl_matmul *_Nullable *_Nonnull matmul, atl_dnnl_error *_Nullable error);

/// How a matrix product is computed. All but `AUTOMATIC` are for benchmarks and tests.
typedef enum {
    /// The rule of the shim (`matmul_tiles.c`).
    ATL_DNNL_MATMUL_AUTOMATIC = 0,
    /// oneDNN's.
    ATL_DNNL_MATMUL_LIBRARY = 1,
    /// Tiles of the shim, in float32 whatever the precision.
    ATL_DNNL_MATMUL_TILES = 2,
    /// Those without any instruction set beyond what every processor has.
    ATL_DNNL_MATMUL_PLAIN_TILES = 3,
} atl_dnnl_matmul_algorithm;

/// Makes a matrix product by a given algorithm.
atl_dnnl_code atl_dnnl_matmul_create_with(
    atl_dnnl_context *_Nonnull context, const atl_dnnl_matmul_shape *_Nonnull shape,
    atl_dnnl_precision precision, const atl_dnnl_post_ops *_Nullable post_ops,
    atl_dnnl_matmul_algorithm algorithm, atl_dnnl_matmul *_Nullable *_Nonnull matmul,
    atl_dnnl_error *_Nullable error);

/// Frees a matrix product; NULL is allowed.
void atl_dnnl_matmul_destroy(atl_dnnl_matmul *_Nullable matmul);

/// The bytes of scratch that a run needs; 0 is possible.
size_t atl_dnnl_matmul_scratchpad_bytes(const atl_dnnl_matmul *_Nonnull matmul);

/// Whether operands are rounded to bfloat16.
bool atl_dnnl_matmul_uses_bfloat16(const atl_dnnl_matmul *_Nonnull matmul);

/// What runs, for people.
const char *_Nonnull atl_dnnl_matmul_description(const atl_dnnl_matmul *_Nonnull matmul);

/// Runs a matrix product and waits for it. `bias` is read where the post-ops have one;
/// `scratchpad` must be aligned to 64 bytes.
atl_dnnl_code atl_dnnl_matmul_run(
    atl_dnnl_matmul *_Nonnull matmul, const float *_Nonnull a, const float *_Nonnull b,
    const float *_Nullable bias, float *_Nonnull result, void *_Nullable scratchpad,
    atl_dnnl_error *_Nullable error);

#ifdef __cplusplus
}
#endif
