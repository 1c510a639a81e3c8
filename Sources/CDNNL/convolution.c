// The public face of convolutions: checks, the choice of the algorithm, dispatch.
#include "convolution.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: Checks

static const char *atl_kind_name(atl_dnnl_convolution_kind kind) {
    switch (kind) {
    case ATL_DNNL_FORWARD: return "forward";
    case ATL_DNNL_DATA_GRADIENT: return "data gradient";
    default: return "weight gradient";
    }
}

/// Whether `output` windows of `kernel` elements fit into `input` and padding.
static bool atl_axis_fits(
    int64_t input, int64_t output, int64_t kernel, int64_t stride, int64_t before, int64_t after,
    int64_t dilation) {
    int64_t reach = dilation * (kernel - 1) + 1;
    int64_t room = input + before + after - reach;
    return room >= 0 && room / stride + 1 == output;
}

static atl_dnnl_code atl_check_geometry(const atl_dnnl_geometry *g, atl_dnnl_error *error) {
    const int64_t limit = (int64_t)1 << 31;
    const int64_t positive[] = {
        g->n,  g->h,  g->w,  g->c, g->oh, g->ow, g->o, g->kh, g->kw, g->stride_h, g->stride_w,
        g->dilation_h, g->dilation_w, g->groups,
    };
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++) {
        if (positive[i] < 1 || positive[i] >= limit) {
            return atl_fail(
                error, ATL_DNNL_INVALID_ARGUMENTS, "a convolution's size is %" PRId64, positive[i]);
        }
    }
    const int64_t pads[] = {g->pad_top, g->pad_bottom, g->pad_left, g->pad_right};
    for (size_t i = 0; i < 4; i++) {
        if (pads[i] < 0 || pads[i] >= limit) {
            return atl_fail(
                error, ATL_DNNL_INVALID_ARGUMENTS, "a convolution's padding is %" PRId64, pads[i]);
        }
    }
    if (g->c % g->groups != 0 || g->o % g->groups != 0) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS,
            "%" PRId64 " to %" PRId64 " channels do not split into %" PRId64 " groups", g->c, g->o,
            g->groups);
    }
    if (!atl_axis_fits(
            g->h, g->oh, g->kh, g->stride_h, g->pad_top, g->pad_bottom, g->dilation_h)
        || !atl_axis_fits(
            g->w, g->ow, g->kw, g->stride_w, g->pad_left, g->pad_right, g->dilation_w)) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS,
            "a %" PRId64 "x%" PRId64 " kernel takes %" PRId64 "x%" PRId64
            " to another size than %" PRId64 "x%" PRId64,
            g->kh, g->kw, g->h, g->w, g->oh, g->ow);
    }
    return ATL_DNNL_OK;
}

static atl_dnnl_code atl_check_request(
    atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry,
    atl_dnnl_precision precision, const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error) {
    if (kind < ATL_DNNL_FORWARD || kind > ATL_DNNL_WEIGHT_GRADIENT) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no convolution kind has the number %d", (int)kind);
    }
    if (precision != ATL_DNNL_FLOAT32 && precision != ATL_DNNL_BFLOAT16) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no precision has the number %d", (int)precision);
    }
    ATL_TRY(atl_check_geometry(geometry, error));
    ATL_TRY(atl_check_post_ops(post_ops, error));
    bool has_post_ops = post_ops != NULL
        && (post_ops->bias || post_ops->activation != ATL_DNNL_NO_ACTIVATION);
    if (kind == ATL_DNNL_WEIGHT_GRADIENT && has_post_ops) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "a weight gradient has no bias and no activation");
    }
    return ATL_DNNL_OK;
}

// MARK: Creation

/// Where the kernel covers the picture exactly, the convolution is a matrix product: 1x1 on one
/// pixel of as many channels as the picture has elements. All layouts stay what they are.
static atl_dnnl_geometry atl_simplest(const atl_dnnl_geometry *g) {
    atl_dnnl_geometry simplest = *g;
    bool covers = g->groups == 1 && g->oh == 1 && g->ow == 1 && g->kh == g->h && g->kw == g->w
        && g->pad_top == 0 && g->pad_left == 0 && (g->dilation_h == 1 || g->kh == 1)
        && (g->dilation_w == 1 || g->kw == 1) && g->h * g->w * g->c < (int64_t)1 << 31;
    if (!covers) return simplest;
    simplest.c = g->h * g->w * g->c;
    simplest.h = simplest.w = simplest.kh = simplest.kw = 1;
    simplest.pad_bottom = simplest.pad_right = 0;
    simplest.stride_h = simplest.stride_w = simplest.dilation_h = simplest.dilation_w = 1;
    return simplest;
}

/// Tries one algorithm; leaves nothing behind if it fails.
static atl_dnnl_code atl_try_algorithm(
    atl_dnnl_convolution *made, atl_dnnl_algorithm algorithm, bool bfloat16,
    atl_dnnl_error *error) {
    switch (algorithm) {
    case ATL_DNNL_DIRECT:
    case ATL_DNNL_BLOCKED: {
        made->bfloat16 = bfloat16;
        dnnl_data_type_t type = bfloat16 ? dnnl_bf16 : dnnl_f32;
        return atl_direct_create(made, type, algorithm == ATL_DNNL_BLOCKED, error);
    }
    case ATL_DNNL_PATCHES:
        made->bfloat16 = false;
        return atl_patches_create(made, error);
    case ATL_DNNL_WINOGRAD:
        made->bfloat16 = false;
        if (made->kind == ATL_DNNL_WEIGHT_GRADIENT) return atl_winograd_weights_create(made, error);
        return atl_winograd_create(made, error);
    default:
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no algorithm has the number %d", (int)algorithm);
    }
}

static atl_dnnl_code atl_make(
    atl_dnnl_convolution *made, atl_dnnl_precision precision, atl_dnnl_algorithm algorithm,
    atl_dnnl_error *error) {
    bool automatic = algorithm == ATL_DNNL_AUTOMATIC;
    bool bfloat16 = precision == ATL_DNNL_BFLOAT16 && atl_dnnl_supports_bfloat16();
    if (automatic) {
        algorithm = atl_convolution_rule(
            made->kind, &made->geometry, bfloat16 ? ATL_DNNL_BFLOAT16 : ATL_DNNL_FLOAT32,
            made->threads);
    }
    atl_dnnl_code code = atl_try_algorithm(made, algorithm, bfloat16, error);
    if (code == ATL_DNNL_OK || !automatic || code == ATL_DNNL_OUT_OF_MEMORY) return code;
    // What oneDNN has not, or only in bfloat16 not.
    if (bfloat16 && (algorithm == ATL_DNNL_DIRECT || algorithm == ATL_DNNL_BLOCKED)) {
        code = atl_try_algorithm(made, algorithm, false, error);
        if (code == ATL_DNNL_OK) return code;
    }
    return atl_try_algorithm(made, ATL_DNNL_PATCHES, false, error);
}

static atl_dnnl_code atl_make_finish(atl_dnnl_convolution *made, atl_dnnl_error *error) {
    if (!made->finishes) return ATL_DNNL_OK;
    const atl_dnnl_geometry *g = &made->geometry;
    int64_t elements = made->kind == ATL_DNNL_FORWARD ? g->n * g->oh * g->ow * g->o
                                                      : g->n * g->h * g->w * g->c;
    atl_dnnl_post_ops rest = made->post_ops;
    // Only oneDNN's gradients leave the bias.
    if (made->direct == NULL || made->kind == ATL_DNNL_FORWARD) rest.bias = false;
    return atl_finish_create(
        &made->finish, made->context, &rest, elements / made->bias_channels, made->bias_channels,
        error);
}

atl_dnnl_code atl_dnnl_convolution_create(
    atl_dnnl_context *context, atl_dnnl_convolution_kind kind, const atl_dnnl_geometry *geometry,
    atl_dnnl_precision precision, const atl_dnnl_post_ops *post_ops, atl_dnnl_algorithm algorithm,
    atl_dnnl_convolution **convolution, atl_dnnl_error *error) {
    *convolution = NULL;
    ATL_TRY(atl_check_request(kind, geometry, precision, post_ops, error));
    atl_dnnl_convolution *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a convolution");
    }
    made->context = context;
    made->kind = kind;
    made->geometry = atl_simplest(geometry);
    made->bias_channels = kind == ATL_DNNL_FORWARD ? geometry->o : geometry->c;
    if (post_ops != NULL) made->post_ops = *post_ops;
    made->threads = atl_dnnl_threads();
    atl_dnnl_code code = atl_make(made, precision, algorithm, error);
    if (code == ATL_DNNL_OK) code = atl_make_finish(made, error);
    if (code != ATL_DNNL_OK) {
        atl_dnnl_convolution_destroy(made);
        return code;
    }
    *convolution = made;
    return ATL_DNNL_OK;
}

void atl_dnnl_convolution_destroy(atl_dnnl_convolution *convolution) {
    if (convolution == NULL) return;
    atl_direct_destroy(convolution->direct);
    atl_patches_destroy(convolution->patches);
    atl_winograd_destroy(convolution->winograd);
    atl_winograd_weights_destroy(convolution->winograd_weights);
    atl_finish_destroy(&convolution->finish);
    free(convolution);
}

// MARK: Queries

size_t atl_dnnl_convolution_packed_weight_bytes(const atl_dnnl_convolution *convolution) {
    return convolution->packed_bytes;
}

bool atl_dnnl_convolution_packing_is_identity(const atl_dnnl_convolution *convolution) {
    return convolution->identity;
}

const char *atl_dnnl_convolution_packing_key(const atl_dnnl_convolution *convolution) {
    return convolution->key;
}

size_t atl_dnnl_convolution_scratchpad_bytes(const atl_dnnl_convolution *convolution) {
    return convolution->scratchpad_bytes;
}

bool atl_dnnl_convolution_uses_bfloat16(const atl_dnnl_convolution *convolution) {
    return convolution->bfloat16;
}

const char *atl_dnnl_convolution_description(const atl_dnnl_convolution *convolution) {
    return convolution->description;
}

// MARK: Packing

static atl_dnnl_code atl_repack(
    atl_dnnl_convolution *convolution, const void *from, void *to, atl_dnnl_error *error) {
    if (convolution->identity) {
        memcpy(to, from, convolution->packed_bytes);
        return ATL_DNNL_OK;
    }
    if (convolution->patches != NULL) {
        atl_patches_pack(convolution, from, to);
        return ATL_DNNL_OK;
    }
    if (convolution->winograd != NULL) {
        atl_winograd_pack(convolution, from, to);
        return ATL_DNNL_OK;
    }
    int before = atl_enter_threads(convolution->threads);
    atl_dnnl_code code = atl_direct_pack(convolution, from, to, error);
    atl_leave_threads(convolution->threads, before);
    return code;
}

atl_dnnl_code atl_dnnl_convolution_pack_weights(
    atl_dnnl_convolution *convolution, const float *plain, void *packed, atl_dnnl_error *error) {
    if (convolution->kind == ATL_DNNL_WEIGHT_GRADIENT) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "a weight gradient unpacks weights, and packs none");
    }
    return atl_repack(convolution, plain, packed, error);
}

atl_dnnl_code atl_dnnl_convolution_unpack_weights(
    atl_dnnl_convolution *convolution, const void *packed, float *plain, atl_dnnl_error *error) {
    if (convolution->kind != ATL_DNNL_WEIGHT_GRADIENT) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "a %s packs weights, and unpacks none",
            atl_kind_name(convolution->kind));
    }
    return atl_repack(convolution, packed, plain, error);
}

// MARK: Running

atl_dnnl_code atl_dnnl_convolution_run(
    atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors,
    atl_dnnl_error *error) {
    if (tensors->source == NULL || tensors->weights == NULL || tensors->destination == NULL
        || (convolution->post_ops.bias && tensors->bias == NULL)
        || (convolution->scratchpad_bytes > 0 && tensors->scratchpad == NULL)) {
        return atl_fail(error, ATL_DNNL_INVALID_ARGUMENTS, "a tensor of a convolution is missing");
    }
    if ((uintptr_t)tensors->scratchpad % ATL_DNNL_ALIGNMENT != 0) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "the scratchpad is not aligned to %d bytes",
            ATL_DNNL_ALIGNMENT);
    }
    int before = atl_enter_threads(convolution->threads);
    atl_dnnl_code code = ATL_DNNL_OK;
    if (convolution->direct != NULL) {
        code = atl_direct_run(convolution, tensors, error);
    } else if (convolution->winograd != NULL) {
        atl_winograd_run(convolution, tensors);
    } else if (convolution->winograd_weights != NULL) {
        atl_winograd_weight_gradient(convolution, tensors);
    } else {
        atl_patches_run(convolution, tensors);
    }
    if (code == ATL_DNNL_OK && convolution->finishes) {
        float *result = convolution->kind == ATL_DNNL_FORWARD ? tensors->destination
                                                              : tensors->source;
        code = atl_finish_run(
            &convolution->finish, convolution->context, result, tensors->bias, error);
    }
    atl_leave_threads(convolution->threads, before);
    return code;
}
