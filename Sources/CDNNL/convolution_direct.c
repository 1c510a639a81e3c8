// oneDNN's convolution: on nhwc activations, or on the layouts it likes best with copies around it.
#include "convolution.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// One tensor of the convolution.
typedef struct {
    /// As the caller has it, float32; and as the primitive wants it.
    atl_layout plain, chosen;
    dnnl_memory_t memory;
    /// From plain to chosen for what is read, the other way for what is written; where they differ.
    atl_reorder reorder;
    bool reordered;
    /// Where in the scratchpad the chosen layout lies (activations).
    size_t offset;
} atl_slot;

struct atl_direct {
    dnnl_primitive_t primitive;
    atl_slot source, weights, destination;
    dnnl_memory_t bias, scratchpad;
};

static void atl_slot_destroy(atl_slot *slot) {
    atl_layout_destroy(&slot->plain);
    atl_layout_destroy(&slot->chosen);
    if (slot->memory != NULL) dnnl_memory_destroy(slot->memory);
    atl_reorder_destroy(&slot->reorder);
}

void atl_direct_destroy(atl_direct *direct) {
    if (direct == NULL) return;
    if (direct->primitive != NULL) dnnl_primitive_destroy(direct->primitive);
    if (direct->bias != NULL) dnnl_memory_destroy(direct->bias);
    if (direct->scratchpad != NULL) dnnl_memory_destroy(direct->scratchpad);
    atl_slot_destroy(&direct->source);
    atl_slot_destroy(&direct->weights);
    atl_slot_destroy(&direct->destination);
    free(direct);
}

// MARK: Layouts

/// The caller's layouts.
static dnnl_status_t atl_plain_layouts(atl_direct *direct, const atl_dnnl_geometry *g) {
    dnnl_dims_t source = {g->n, g->c, g->h, g->w};
    dnnl_dims_t source_strides = {g->h * g->w * g->c, 1, g->w * g->c, g->c};
    dnnl_dims_t destination = {g->n, g->o, g->oh, g->ow};
    dnnl_dims_t destination_strides = {g->oh * g->ow * g->o, 1, g->ow * g->o, g->o};
    int64_t c = g->c / g->groups, o = g->o / g->groups, filter = g->kh * g->kw * c;
    dnnl_dims_t weights = {g->groups, o, c, g->kh, g->kw};
    dnnl_dims_t weight_strides = {o * filter, filter, 1, g->kw * c, c};
    int skipped = g->groups == 1 ? 1 : 0;
    dnnl_status_t status =
        atl_layout_strided(&direct->source.plain, 4, source, dnnl_f32, source_strides);
    if (status != dnnl_success) return status;
    status = atl_layout_strided(
        &direct->destination.plain, 4, destination, dnnl_f32, destination_strides);
    if (status != dnnl_success) return status;
    return atl_layout_strided(
        &direct->weights.plain, 5 - skipped, weights + skipped, dnnl_f32,
        weight_strides + skipped);
}

/// What oneDNN is asked for. `temporary` ones are destroyed with the wish.
typedef struct {
    atl_layout source, weights, bias, destination;
    bool has_bias;
} atl_wish;

static void atl_wish_destroy(atl_wish *wish) {
    atl_layout_destroy(&wish->source);
    atl_layout_destroy(&wish->weights);
    atl_layout_destroy(&wish->bias);
    atl_layout_destroy(&wish->destination);
}

/// The types: what is read may be bfloat16, what is written is float32.
static dnnl_status_t atl_make_wish(
    atl_wish *wish, const atl_dnnl_convolution *convolution, dnnl_data_type_t type, bool blocked) {
    const atl_dnnl_geometry *g = &convolution->geometry;
    atl_dnnl_convolution_kind kind = convolution->kind;
    dnnl_dims_t source = {g->n, g->c, g->h, g->w};
    dnnl_dims_t source_strides = {g->h * g->w * g->c, 1, g->w * g->c, g->c};
    dnnl_dims_t destination = {g->n, g->o, g->oh, g->ow};
    dnnl_dims_t destination_strides = {g->oh * g->ow * g->o, 1, g->ow * g->o, g->o};
    dnnl_dims_t weights = {g->groups, g->o / g->groups, g->c / g->groups, g->kh, g->kw};
    dnnl_dims_t bias = {g->o}, bias_strides = {1};
    int skipped = g->groups == 1 ? 1 : 0;
    dnnl_data_type_t source_type = kind == ATL_DNNL_DATA_GRADIENT ? dnnl_f32 : type;
    dnnl_data_type_t destination_type = kind == ATL_DNNL_FORWARD ? dnnl_f32 : type;
    dnnl_data_type_t weight_type = kind == ATL_DNNL_WEIGHT_GRADIENT ? dnnl_f32 : type;
    memset(wish, 0, sizeof *wish);
    wish->has_bias = kind == ATL_DNNL_FORWARD && convolution->post_ops.bias;
    dnnl_status_t status = blocked
        ? atl_layout_any(&wish->source, 4, source, source_type)
        : atl_layout_strided(&wish->source, 4, source, source_type, source_strides);
    if (status != dnnl_success) return status;
    status = blocked
        ? atl_layout_any(&wish->destination, 4, destination, destination_type)
        : atl_layout_strided(
            &wish->destination, 4, destination, destination_type, destination_strides);
    if (status != dnnl_success) return status;
    status = atl_layout_any(&wish->weights, 5 - skipped, weights + skipped, weight_type);
    if (status != dnnl_success || !wish->has_bias) return status;
    return atl_layout_strided(&wish->bias, 1, bias, dnnl_f32, bias_strides);
}

// MARK: Primitive descriptors

typedef struct {
    dnnl_dims_t strides, dilations, before, after;
} atl_window;

static atl_window atl_window_of(const atl_dnnl_geometry *g) {
    atl_window window = {
        {g->stride_h, g->stride_w},
        // oneDNN counts what is left out between two elements.
        {g->dilation_h - 1, g->dilation_w - 1},
        {g->pad_top, g->pad_left},
        {g->pad_bottom, g->pad_right},
    };
    return window;
}

#if DNNL_VERSION_MAJOR >= 3

static dnnl_status_t atl_describe(
    dnnl_primitive_desc_t *descriptor, atl_dnnl_convolution_kind kind, const atl_wish *wish,
    const atl_window *w, dnnl_engine_t engine, dnnl_primitive_attr_t attribute,
    dnnl_primitive_desc_t hint) {
    atl_layout bias = wish->has_bias ? wish->bias : NULL;
    switch (kind) {
    case ATL_DNNL_FORWARD:
        return dnnl_convolution_forward_primitive_desc_create(
            descriptor, engine, dnnl_forward_training, dnnl_convolution_direct, wish->source,
            wish->weights, bias, wish->destination, w->strides, w->dilations, w->before, w->after,
            attribute);
    case ATL_DNNL_DATA_GRADIENT:
        return dnnl_convolution_backward_data_primitive_desc_create(
            descriptor, engine, dnnl_convolution_direct, wish->source, wish->weights,
            wish->destination, w->strides, w->dilations, w->before, w->after, hint, attribute);
    default:
        return dnnl_convolution_backward_weights_primitive_desc_create(
            descriptor, engine, dnnl_convolution_direct, wish->source, wish->weights, NULL,
            wish->destination, w->strides, w->dilations, w->before, w->after, hint, attribute);
    }
}

#else

static dnnl_status_t atl_describe(
    dnnl_primitive_desc_t *descriptor, atl_dnnl_convolution_kind kind, const atl_wish *wish,
    const atl_window *w, dnnl_engine_t engine, dnnl_primitive_attr_t attribute,
    dnnl_primitive_desc_t hint) {
    dnnl_convolution_desc_t operation;
    dnnl_status_t status;
    switch (kind) {
    case ATL_DNNL_FORWARD:
        status = dnnl_dilated_convolution_forward_desc_init(
            &operation, dnnl_forward_training, dnnl_convolution_direct, &wish->source,
            &wish->weights, wish->has_bias ? &wish->bias : NULL, &wish->destination, w->strides,
            w->dilations, w->before, w->after);
        break;
    case ATL_DNNL_DATA_GRADIENT:
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &operation, dnnl_convolution_direct, &wish->source, &wish->weights,
            &wish->destination, w->strides, w->dilations, w->before, w->after);
        break;
    default:
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &operation, dnnl_convolution_direct, &wish->source, &wish->weights, NULL,
            &wish->destination, w->strides, w->dilations, w->before, w->after);
    }
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(descriptor, &operation, attribute, engine, hint);
}

#endif

/// Whether post-ops are a pass of their own: gradients have none, and oneDNN's ReLU makes zeros of
/// NaNs.
static bool atl_direct_finishes(const atl_dnnl_convolution *convolution) {
    const atl_dnnl_post_ops *post_ops = &convolution->post_ops;
    if (convolution->kind == ATL_DNNL_FORWARD) return post_ops->activation == ATL_DNNL_RELU;
    return post_ops->bias || post_ops->activation != ATL_DNNL_NO_ACTIVATION;
}

/// The descriptor of the convolution; a gradient wants that of its forward convolution as a hint.
static dnnl_status_t atl_describe_with_hint(
    dnnl_primitive_desc_t *descriptor, const atl_dnnl_convolution *convolution,
    dnnl_data_type_t type, bool blocked) {
    dnnl_engine_t engine = convolution->context->engine;
    atl_dnnl_convolution_kind kind = convolution->kind;
    atl_window window = atl_window_of(&convolution->geometry);
    bool forward = kind == ATL_DNNL_FORWARD;
    dnnl_primitive_attr_t attribute = NULL;
    dnnl_primitive_desc_t hint = NULL;
    atl_wish wish, hint_wish;
    memset(&hint_wish, 0, sizeof hint_wish);
    dnnl_status_t status = atl_make_wish(&wish, convolution, type, blocked);
    if (status == dnnl_success) {
        bool native = forward && !atl_direct_finishes(convolution);
        status = atl_attribute_create(&attribute, native ? &convolution->post_ops : NULL);
    }
    if (status == dnnl_success && !forward) {
        atl_dnnl_convolution plain = *convolution;
        plain.kind = ATL_DNNL_FORWARD;
        status = atl_make_wish(&hint_wish, &plain, type, blocked);
        if (status == dnnl_success) {
            status = atl_describe(&hint, ATL_DNNL_FORWARD, &hint_wish, &window, engine, NULL, NULL);
        }
    }
    if (status == dnnl_success) {
        status = atl_describe(descriptor, kind, &wish, &window, engine, attribute, hint);
    }
    if (hint != NULL) dnnl_primitive_desc_destroy(hint);
    if (attribute != NULL) dnnl_primitive_attr_destroy(attribute);
    atl_wish_destroy(&hint_wish);
    atl_wish_destroy(&wish);
    return status;
}

// MARK: Creation

/// Gives a slot its memory and, where layouts differ, its copy and its place in the scratchpad.
static dnnl_status_t atl_slot_create(
    atl_slot *slot, const_dnnl_primitive_desc_t descriptor, dnnl_query_t what, bool written,
    size_t *scratchpad, dnnl_engine_t engine) {
    dnnl_status_t status = atl_layout_query(&slot->chosen, descriptor, what);
    if (status != dnnl_success) return status;
    status = atl_memory_create(&slot->memory, &slot->chosen, engine);
    if (status != dnnl_success) return status;
    slot->reordered = !atl_layout_equal(&slot->plain, &slot->chosen);
    if (!slot->reordered) return dnnl_success;
    if (scratchpad != NULL) {
        slot->offset = *scratchpad;
        *scratchpad += atl_aligned(atl_layout_bytes(&slot->chosen));
    }
    return atl_reorder_create(
        &slot->reorder, written ? &slot->chosen : &slot->plain,
        written ? &slot->plain : &slot->chosen, engine);
}

static dnnl_status_t atl_create_memories(
    atl_dnnl_convolution *convolution, const_dnnl_primitive_desc_t descriptor) {
    atl_direct *direct = convolution->direct;
    dnnl_engine_t engine = convolution->context->engine;
    atl_dnnl_convolution_kind kind = convolution->kind;
    bool to_source = kind == ATL_DNNL_DATA_GRADIENT, to_weights = kind == ATL_DNNL_WEIGHT_GRADIENT;
    size_t *size = &convolution->scratchpad_bytes;
    atl_layout scratchpad;
    memset(&scratchpad, 0, sizeof scratchpad);
    dnnl_status_t status = atl_layout_query(&scratchpad, descriptor, dnnl_query_scratchpad_md);
    if (status != dnnl_success) return status;
    *size = atl_aligned(atl_layout_bytes(&scratchpad));
    status = atl_memory_create(&direct->scratchpad, &scratchpad, engine);
    atl_layout_destroy(&scratchpad);
    if (status != dnnl_success) return status;
    status = atl_slot_create(
        &direct->source, descriptor, to_source ? dnnl_query_diff_src_md : dnnl_query_src_md,
        to_source, size, engine);
    if (status != dnnl_success) return status;
    status = atl_slot_create(
        &direct->destination, descriptor,
        kind == ATL_DNNL_FORWARD ? dnnl_query_dst_md : dnnl_query_diff_dst_md,
        kind == ATL_DNNL_FORWARD, size, engine);
    if (status != dnnl_success) return status;
    status = atl_slot_create(
        &direct->weights, descriptor,
        to_weights ? dnnl_query_diff_weights_md : dnnl_query_weights_md, to_weights, NULL, engine);
    if (status != dnnl_success || kind != ATL_DNNL_FORWARD || !convolution->post_ops.bias) {
        return status;
    }
    atl_layout bias;
    memset(&bias, 0, sizeof bias);
    dnnl_dims_t sizes = {convolution->geometry.o}, strides = {1};
    status = atl_layout_strided(&bias, 1, sizes, dnnl_f32, strides);
    if (status == dnnl_success) status = atl_memory_create(&direct->bias, &bias, engine);
    atl_layout_destroy(&bias);
    return status;
}

atl_dnnl_code atl_direct_create(
    atl_dnnl_convolution *convolution, dnnl_data_type_t type, bool blocked,
    atl_dnnl_error *error) {
    atl_direct *direct = calloc(1, sizeof *direct);
    if (direct == NULL) {
        return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a convolution");
    }
    convolution->direct = direct;
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = atl_plain_layouts(direct, &convolution->geometry);
    if (status == dnnl_success) {
        status = atl_describe_with_hint(&descriptor, convolution, type, blocked);
    }
    const char *name = "?";
    if (status == dnnl_success) status = dnnl_primitive_create(&direct->primitive, descriptor);
    if (status == dnnl_success) status = atl_create_memories(convolution, descriptor);
    if (status == dnnl_success) {
        dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name);
        snprintf(
            convolution->description, sizeof convolution->description, "%s %s%s",
            blocked ? "blocked" : "direct", name, type == dnnl_bf16 ? " bf16" : "");
        convolution->packed_bytes = atl_layout_bytes(&direct->weights.chosen);
        convolution->identity = !direct->weights.reordered;
        atl_layout_key(&direct->weights.chosen, convolution->key);
        convolution->finishes = atl_direct_finishes(convolution);
    }
    if (descriptor != NULL) dnnl_primitive_desc_destroy(descriptor);
    if (status != dnnl_success) {
        atl_direct_destroy(direct);
        convolution->direct = NULL;
        convolution->scratchpad_bytes = 0;
    }
    return atl_check(status, "creating a convolution", error);
}

// MARK: Packing and running

atl_dnnl_code atl_direct_pack(
    atl_dnnl_convolution *convolution, const void *from, void *to, atl_dnnl_error *error) {
    dnnl_stream_t stream = convolution->context->stream;
    dnnl_status_t status =
        atl_reorder_submit(&convolution->direct->weights.reorder, from, to, stream);
    if (status == dnnl_success) status = dnnl_stream_wait(stream);
    return atl_check(status, "packing weights", error);
}

/// Points the primitive at an activation: the caller's, or its copy in the scratchpad.
static dnnl_status_t atl_slot_point(
    atl_slot *slot, void *data, char *scratchpad, bool written, dnnl_stream_t stream) {
    if (!slot->reordered) return atl_memory_point(slot->memory, data);
    void *copy = scratchpad + slot->offset;
    dnnl_status_t status = atl_memory_point(slot->memory, copy);
    if (status != dnnl_success || written) return status;
    return atl_reorder_submit(&slot->reorder, data, copy, stream);
}

static dnnl_status_t atl_point_all(
    atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    atl_direct *direct = convolution->direct;
    dnnl_stream_t stream = convolution->context->stream;
    atl_dnnl_convolution_kind kind = convolution->kind;
    dnnl_status_t status = atl_memory_point(direct->scratchpad, tensors->scratchpad);
    if (status == dnnl_success) status = atl_memory_point(direct->weights.memory, tensors->weights);
    if (status == dnnl_success && direct->bias != NULL) {
        status = atl_memory_point(direct->bias, tensors->bias);
    }
    if (status == dnnl_success) {
        status = atl_slot_point(
            &direct->source, tensors->source, tensors->scratchpad, kind == ATL_DNNL_DATA_GRADIENT,
            stream);
    }
    if (status == dnnl_success) {
        status = atl_slot_point(
            &direct->destination, tensors->destination, tensors->scratchpad,
            kind == ATL_DNNL_FORWARD, stream);
    }
    return status;
}

atl_dnnl_code atl_direct_run(
    atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors,
    atl_dnnl_error *error) {
    atl_direct *direct = convolution->direct;
    dnnl_stream_t stream = convolution->context->stream;
    atl_dnnl_convolution_kind kind = convolution->kind;
    dnnl_status_t status = atl_point_all(convolution, tensors);
    if (status == dnnl_success) {
        dnnl_exec_arg_t arguments[5] = {
            {kind == ATL_DNNL_DATA_GRADIENT ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
             direct->source.memory},
            {kind == ATL_DNNL_WEIGHT_GRADIENT ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
             direct->weights.memory},
            {kind == ATL_DNNL_FORWARD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST,
             direct->destination.memory},
            {DNNL_ARG_SCRATCHPAD, direct->scratchpad},
            {DNNL_ARG_BIAS, direct->bias},
        };
        int count = direct->bias != NULL ? 5 : 4;
        status = dnnl_primitive_execute(direct->primitive, stream, count, arguments);
    }
    if (status == dnnl_success && kind == ATL_DNNL_DATA_GRADIENT && direct->source.reordered) {
        status = atl_reorder_submit(
            &direct->source.reorder, (char *)tensors->scratchpad + direct->source.offset,
            tensors->source, stream);
    }
    if (status == dnnl_success && kind == ATL_DNNL_FORWARD && direct->destination.reordered) {
        status = atl_reorder_submit(
            &direct->destination.reorder,
            (char *)tensors->scratchpad + direct->destination.offset, tensors->destination, stream);
    }
    dnnl_status_t waited = dnnl_stream_wait(stream);
    return atl_check(
        status != dnnl_success ? status : waited, "running a convolution", error);
}
