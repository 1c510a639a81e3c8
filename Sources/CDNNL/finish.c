// Post-ops: as an attribute of oneDNN's primitives, and as a pass of our own where they have none.
#include "internal.h"

#include <math.h>
#include <string.h>

#include "atl_parallel.h"

atl_dnnl_code atl_check_post_ops(const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error) {
    if (post_ops == NULL) return ATL_DNNL_OK;
    if (post_ops->activation < ATL_DNNL_NO_ACTIVATION
        || post_ops->activation > ATL_DNNL_SIGMOID) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no activation has the number %d",
            (int)post_ops->activation);
    }
    if (post_ops->activation == ATL_DNNL_LEAKY_RELU && !isfinite(post_ops->slope)) {
        return atl_fail(error, ATL_DNNL_INVALID_ARGUMENTS, "the slope is not finite");
    }
    return ATL_DNNL_OK;
}

static dnnl_alg_kind_t atl_algorithm_of(atl_dnnl_activation activation) {
    switch (activation) {
    case ATL_DNNL_TANH: return dnnl_eltwise_tanh;
    case ATL_DNNL_SIGMOID: return dnnl_eltwise_logistic;
    default: return dnnl_eltwise_relu;
    }
}

dnnl_status_t atl_attribute_create(
    dnnl_primitive_attr_t *attribute, const atl_dnnl_post_ops *post_ops) {
    dnnl_status_t status = dnnl_primitive_attr_create(attribute);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_attr_set_scratchpad_mode(*attribute, dnnl_scratchpad_mode_user);
    if (status == dnnl_success && post_ops != NULL
        && post_ops->activation != ATL_DNNL_NO_ACTIVATION) {
        dnnl_post_ops_t chain = NULL;
        status = dnnl_post_ops_create(&chain);
        if (status == dnnl_success) {
            dnnl_alg_kind_t algorithm = atl_algorithm_of(post_ops->activation);
            float slope = post_ops->activation == ATL_DNNL_LEAKY_RELU ? post_ops->slope : 0;
#if DNNL_VERSION_MAJOR >= 3
            status = dnnl_post_ops_append_eltwise(chain, algorithm, slope, 0);
#else
            status = dnnl_post_ops_append_eltwise(chain, 1, algorithm, slope, 0);
#endif
            if (status == dnnl_success) {
                status = dnnl_primitive_attr_set_post_ops(*attribute, chain);
            }
            dnnl_post_ops_destroy(chain);
        }
    }
    if (status != dnnl_success) {
        dnnl_primitive_attr_destroy(*attribute);
        *attribute = NULL;
    }
    return status;
}

/// tanh or the logistic function on a flat array, in place.
static dnnl_status_t atl_flat_activation(
    atl_finish *finish, dnnl_engine_t engine, dnnl_alg_kind_t algorithm) {
    atl_layout flat;
    memset(&flat, 0, sizeof flat);
    dnnl_dims_t sizes = {finish->rows * finish->channels};
    dnnl_dims_t strides = {1};
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = atl_layout_strided(&flat, 1, sizes, dnnl_f32, strides);
    if (status != dnnl_success) return status;
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_eltwise_forward_primitive_desc_create(
        &descriptor, engine, dnnl_forward_inference, algorithm, flat, flat, 0, 0, NULL);
#else
    dnnl_eltwise_desc_t operation;
    status = dnnl_eltwise_forward_desc_init(
        &operation, dnnl_forward_inference, algorithm, &flat, 0, 0);
    if (status == dnnl_success) {
        status = dnnl_primitive_desc_create(&descriptor, &operation, NULL, engine, NULL);
    }
#endif
    if (status == dnnl_success) status = dnnl_primitive_create(&finish->activation, descriptor);
    if (status == dnnl_success) status = atl_memory_create(&finish->memory, &flat, engine);
    if (descriptor != NULL) dnnl_primitive_desc_destroy(descriptor);
    atl_layout_destroy(&flat);
    return status;
}

atl_dnnl_code atl_finish_create(
    atl_finish *finish, const atl_dnnl_context *context, const atl_dnnl_post_ops *post_ops,
    int64_t rows, int64_t channels, atl_dnnl_error *error) {
    memset(finish, 0, sizeof *finish);
    if (post_ops != NULL) finish->post_ops = *post_ops;
    finish->rows = rows;
    finish->channels = channels;
    finish->threads = atl_dnnl_threads();
    atl_dnnl_activation activation = finish->post_ops.activation;
    if (activation != ATL_DNNL_TANH && activation != ATL_DNNL_SIGMOID) return ATL_DNNL_OK;
    return atl_check(
        atl_flat_activation(finish, context->engine, atl_algorithm_of(activation)),
        "creating an activation", error);
}

void atl_finish_destroy(atl_finish *finish) {
    if (finish->activation != NULL) dnnl_primitive_destroy(finish->activation);
    if (finish->memory != NULL) dnnl_memory_destroy(finish->memory);
    memset(finish, 0, sizeof *finish);
}

typedef struct {
    const atl_finish *finish;
    float *result;
    const float *bias;
} atl_finish_work;

/// Bias and the piecewise linear activations on one thread's share of the rows.
static void atl_finish_rows(void *context, int thread, int thread_count) {
    const atl_finish_work *work = context;
    const atl_finish *finish = work->finish;
    int64_t channels = finish->channels;
    int64_t first = finish->rows * thread / thread_count;
    int64_t end = finish->rows * (thread + 1) / thread_count;
    atl_dnnl_activation activation = finish->post_ops.activation;
    float slope = finish->post_ops.slope;
    for (int64_t row = first; row < end; row++) {
        float *values = work->result + row * channels;
        if (work->bias != NULL) {
            for (int64_t c = 0; c < channels; c++) values[c] += work->bias[c];
        }
        atl_activate_linearly(values, channels, activation, slope);
    }
}

atl_dnnl_code atl_finish_run(
    atl_finish *finish, const atl_dnnl_context *context, float *result, const float *bias,
    atl_dnnl_error *error) {
    atl_dnnl_activation activation = finish->post_ops.activation;
    bool has_rows_pass = finish->post_ops.bias || activation == ATL_DNNL_RELU
        || activation == ATL_DNNL_LEAKY_RELU;
    if (has_rows_pass) {
        atl_finish_work work = {finish, result, finish->post_ops.bias ? bias : NULL};
        atl_parallel(finish->threads, atl_finish_rows, &work);
    }
    if (finish->activation == NULL) return ATL_DNNL_OK;
    dnnl_status_t status = atl_memory_point(finish->memory, result);
    if (status == dnnl_success) {
        dnnl_exec_arg_t arguments[] = {
            {DNNL_ARG_SRC, finish->memory},
            {DNNL_ARG_DST, finish->memory},
        };
        status = dnnl_primitive_execute(finish->activation, context->stream, 2, arguments);
    }
    if (status == dnnl_success) status = dnnl_stream_wait(context->stream);
    return atl_check(status, "running an activation", error);
}
