// The parts of a convolution. Not public.
#pragma once

#include "internal.h"

/// oneDNN's convolution; defined in `convolution_direct.c`.
typedef struct atl_direct atl_direct;

/// Matrix products of patches; defined in `patches.c`.
typedef struct atl_patches atl_patches;

/// Winograd's convolution; defined in `winograd.c`.
typedef struct atl_winograd atl_winograd;

/// Winograd's weight gradient; defined in `winograd_weights.c`.
typedef struct atl_winograd_weights atl_winograd_weights;

struct atl_dnnl_convolution {
    const atl_dnnl_context *context;
    atl_dnnl_convolution_kind kind;
    atl_dnnl_geometry geometry;
    /// Channels of the bias: those of the result as the caller sees it.
    int64_t bias_channels;
    atl_dnnl_post_ops post_ops;
    int threads;
    size_t packed_bytes, scratchpad_bytes;
    bool identity, bfloat16;
    char description[ATL_DNNL_TEXT];
    char key[ATL_DNNL_TEXT];
    /// One of them is there.
    atl_direct *direct;
    atl_patches *patches;
    atl_winograd *winograd;
    atl_winograd_weights *winograd_weights;
    /// What the post-ops still want done after the primitive.
    atl_finish finish;
    bool finishes;
};

/// The rule: which algorithm is best. Shapes, instruction set and threads decide, nothing else.
atl_dnnl_algorithm atl_convolution_rule(
    atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry,
    atl_dnnl_precision precision, int threads);

/// Makes oneDNN's convolution and fills the sizes, the key and the description. With `blocked`
/// activations have the layouts that oneDNN likes best.
atl_dnnl_code atl_direct_create(
    atl_dnnl_convolution *convolution, dnnl_data_type_t type, bool blocked,
    atl_dnnl_error *error);
void atl_direct_destroy(atl_direct *direct);
atl_dnnl_code atl_direct_pack(
    atl_dnnl_convolution *convolution, const void *from, void *to, atl_dnnl_error *error);
atl_dnnl_code atl_direct_run(
    atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors,
    atl_dnnl_error *error);

/// Makes the matrix products of patches and fills the sizes, the key and the description.
atl_dnnl_code atl_patches_create(atl_dnnl_convolution *convolution, atl_dnnl_error *error);
void atl_patches_destroy(atl_patches *patches);
void atl_patches_pack(const atl_dnnl_convolution *convolution, const float *plain, float *packed);
void atl_patches_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);

/// Makes Winograd's convolution and fills the sizes, the key and the description; unsupported if
/// there is no transform for the geometry.
atl_dnnl_code atl_winograd_create(atl_dnnl_convolution *convolution, atl_dnnl_error *error);
void atl_winograd_destroy(atl_winograd *winograd);
void atl_winograd_pack(const atl_dnnl_convolution *convolution, const float *plain, float *packed);
void atl_winograd_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);

/// Makes Winograd's weight gradient and fills the sizes, the key and the description.
atl_dnnl_code atl_winograd_weights_create(
    atl_dnnl_convolution *convolution, atl_dnnl_error *error);
/// Whether it is faster than the other algorithms.
bool atl_winograd_weights_pay(
    const atl_dnnl_geometry *geometry, atl_dnnl_precision precision);
void atl_winograd_weights_destroy(atl_winograd_weights *winograd);
void atl_winograd_weight_gradient(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors);
