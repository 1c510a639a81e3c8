// Element-wise chains, and reductions at their end, in one pass over memory.
//
// A program is a list of instructions in static single assignment form over an iteration space of
// up to ATL_MAX_RANK dimensions, row-major. Registers 0 ..< input_count are the inputs; instruction
// k defines register input_count + k. A register holds one tile (a run of elements of the iteration
// space) in 32-bit lanes: float, or int32 (bool and uint8 are widened to int32 as they are loaded).
#pragma once

#include <stdint.h>

#define ATL_MAX_RANK 6

typedef enum { ATL_F32 = 0, ATL_BF16 = 1, ATL_I32 = 2, ATL_U8 = 3, ATL_BOOL = 4 } atl_dtype;

typedef enum {
    // Sources: a constant (imm0 as float, or `integer`), an index along an axis of the space
    ATL_CONST_F, ATL_CONST_I, ATL_IOTA_I,
    // float -> float
    ATL_NEG_F, ATL_ABS_F, ATL_SIGN_F, ATL_SQUARE_F, ATL_RECIPROCAL_F, ATL_EXP_F, ATL_LOG_F,
    ATL_SQRT_F, ATL_RSQRT_F, ATL_TANH_F, ATL_SIGMOID_F, ATL_SOFTPLUS_F, ATL_ERF_F, ATL_SIN_F,
    ATL_COS_F, ATL_RELU_F, ATL_LEAKY_RELU_F /* imm0 = slope */, ATL_CLAMP_F /* imm0, imm1 */,
    ATL_FLOOR_F, ATL_ROUND_BF16_F /* to nearest even bfloat16, kept in float lanes */,
    // (float, float) -> float
    ATL_ADD_F, ATL_SUB_F, ATL_MUL_F, ATL_DIV_F, ATL_POW_F, ATL_MAX_F, ATL_MIN_F,
    // (float, float) -> int32 0 or 1
    ATL_EQ_F, ATL_NE_F, ATL_LT_F, ATL_LE_F, ATL_GT_F, ATL_GE_F,
    // float -> int32 0 or 1
    ATL_IS_FINITE_F, ATL_NONZERO_F,
    // int32 -> int32
    ATL_NEG_I, ATL_ABS_I, ATL_SIGN_I, ATL_SQUARE_I, ATL_NOT_I /* of 0 or 1 */, ATL_NONZERO_I,
    ATL_SATURATE_U8_I,
    // (int32, int32) -> int32
    ATL_ADD_I, ATL_SUB_I, ATL_MUL_I, ATL_DIV_I /* toward zero; by 0 gives 0 */, ATL_MAX_I,
    ATL_MIN_I, ATL_AND_I, ATL_OR_I,
    ATL_EQ_I, ATL_NE_I, ATL_LT_I, ATL_LE_I, ATL_GT_I, ATL_GE_I,
    // conversions
    ATL_I_TO_F, ATL_F_TO_I /* toward zero, saturating; NaN gives 0 */,
    // (int32 condition, a, b): lanes of any kind
    ATL_SELECT,
    ATL_OPCODE_COUNT
} atl_opcode;

typedef struct {
    int32_t opcode;
    int32_t a, b, c;    // registers; -1 where unused
    float imm0, imm1;
    int32_t integer;    // the value of ATL_CONST_I, the axis of ATL_IOTA_I
} atl_instruction;

/// An input seen over the iteration space.
typedef struct {
    int32_t dtype;
    int64_t strides[ATL_MAX_RANK];    // in elements; 0 repeats along that axis
} atl_fused_input;

/// A register stored whole: row-major over the iteration space, without gaps. BF16 is rounded to
/// nearest even, U8 saturates, BOOL stores lane != 0.
typedef struct {
    int32_t reg;
    int32_t dtype;
} atl_fused_output;

typedef enum { ATL_REDUCE_SUM, ATL_REDUCE_MAX, ATL_REDUCE_MIN } atl_reduction;

/// A float register reduced over axes [reduce_begin, reduce_end) of the iteration space; stored as
/// F32 or BF16, row-major over the other axes. Max and min give NaN if any element is NaN.
typedef struct {
    int32_t reg;
    int32_t kind;
    int32_t dtype;
} atl_fused_reduction;

typedef struct {
    int32_t rank;
    int64_t sizes[ATL_MAX_RANK];
    int32_t input_count;
    const atl_fused_input *inputs;
    int32_t instruction_count;
    const atl_instruction *instructions;
    int32_t output_count;
    const atl_fused_output *outputs;
    int32_t reduction_count;
    const atl_fused_reduction *reductions;
    int32_t reduce_begin, reduce_end;    // used when reduction_count > 0
} atl_fused_description;

typedef struct atl_fused atl_fused;

/// Prepares a program: collapses axes, assigns tile slots by liveness, hoists what does not change
/// from tile to tile. NULL if the description is malformed.
atl_fused *atl_fused_create(const atl_fused_description *description);
void atl_fused_destroy(atl_fused *program);
/// Scratch memory that `atl_fused_run` needs, in bytes (64-byte aligned), for that many threads.
int64_t atl_fused_scratch_bytes(const atl_fused *program, int thread_count);
/// Runs a program. `results` are the outputs, then the reductions. An output may be the same memory
/// as an input that is read without gaps or repetition with the same element size; partial overlap
/// is not allowed. Allocates nothing. The results' bits do not depend on the thread count.
void atl_fused_run(
    const atl_fused *program, const void *const *inputs, void *const *results, void *scratch,
    int thread_count);
