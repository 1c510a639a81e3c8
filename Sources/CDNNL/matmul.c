// Matrix products: the shim's own, or oneDNN's.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matmul_tiles.h"

/// One factor.
typedef struct {
    dnnl_memory_t memory;
    /// To bfloat16, where operands are rounded.
    atl_reorder reorder;
    bool reordered;
    size_t offset;
} atl_factor;

struct atl_dnnl_matmul {
    const atl_dnnl_context *context;
    /// oneDNN's product, or NULL: `tiles`.
    dnnl_primitive_t primitive;
    atl_tiles tiles;
    /// What the product itself leaves to do.
    atl_finish finish;
    atl_factor a, b;
    dnnl_memory_t bias, result, scratchpad;
    size_t scratchpad_bytes;
    int threads;
    bool has_bias, bfloat16;
    char description[ATL_DNNL_TEXT];
};

static void atl_factor_destroy(atl_factor *factor) {
    if (factor->memory != NULL) dnnl_memory_destroy(factor->memory);
    atl_reorder_destroy(&factor->reorder);
}

void atl_dnnl_matmul_destroy(atl_dnnl_matmul *matmul) {
    if (matmul == NULL) return;
    if (matmul->primitive != NULL) dnnl_primitive_destroy(matmul->primitive);
    atl_finish_destroy(&matmul->finish);
    atl_factor_destroy(&matmul->a);
    atl_factor_destroy(&matmul->b);
    if (matmul->bias != NULL) dnnl_memory_destroy(matmul->bias);
    if (matmul->result != NULL) dnnl_memory_destroy(matmul->result);
    if (matmul->scratchpad != NULL) dnnl_memory_destroy(matmul->scratchpad);
    free(matmul);
}

// MARK: Layouts

typedef struct {
    atl_layout a, b, bias, result;
} atl_matmul_layouts;

static void atl_matmul_layouts_destroy(atl_matmul_layouts *layouts) {
    atl_layout_destroy(&layouts->a);
    atl_layout_destroy(&layouts->b);
    atl_layout_destroy(&layouts->bias);
    atl_layout_destroy(&layouts->result);
}

/// A matrix or a batch of them, with the last two axes perhaps transposed in memory.
static dnnl_status_t atl_matrix_layout(
    atl_layout *layout, int64_t batch, int64_t rows, int64_t columns, bool transposed,
    dnnl_data_type_t type) {
    // A single row or column is both; oneDNN likes it better untransposed.
    if (rows == 1 || columns == 1) transposed = false;
    dnnl_dims_t sizes = {batch, rows, columns};
    dnnl_dims_t strides = {rows * columns, transposed ? 1 : columns, transposed ? rows : 1};
    int skipped = batch == 1 ? 1 : 0;
    return atl_layout_strided(layout, 3 - skipped, sizes + skipped, type, strides + skipped);
}

static dnnl_status_t atl_matmul_layouts_create(
    atl_matmul_layouts *layouts, const atl_dnnl_matmul_shape *s, dnnl_data_type_t type,
    bool has_bias) {
    memset(layouts, 0, sizeof *layouts);
    dnnl_status_t status =
        atl_matrix_layout(&layouts->a, s->batch, s->m, s->k, s->transpose_a, type);
    if (status != dnnl_success) return status;
    status = atl_matrix_layout(&layouts->b, s->batch, s->k, s->n, s->transpose_b, type);
    if (status != dnnl_success) return status;
    status = atl_matrix_layout(&layouts->result, s->batch, s->m, s->n, false, dnnl_f32);
    if (status != dnnl_success || !has_bias) return status;
    dnnl_dims_t sizes = {1, 1, s->n}, strides = {s->n, s->n, 1};
    int skipped = s->batch == 1 ? 1 : 0;
    return atl_layout_strided(
        &layouts->bias, 3 - skipped, sizes + skipped, dnnl_f32, strides + skipped);
}

// MARK: Creation

static dnnl_status_t atl_matmul_describe(
    dnnl_primitive_desc_t *descriptor, const atl_matmul_layouts *layouts, bool has_bias,
    dnnl_engine_t engine, dnnl_primitive_attr_t attribute) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_matmul_primitive_desc_create(
        descriptor, engine, layouts->a, layouts->b, has_bias ? layouts->bias : NULL,
        layouts->result, attribute);
#else
    dnnl_matmul_desc_t operation;
    dnnl_status_t status = dnnl_matmul_desc_init(
        &operation, &layouts->a, &layouts->b, has_bias ? &layouts->bias : NULL, &layouts->result);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(descriptor, &operation, attribute, engine, NULL);
#endif
}

static dnnl_status_t atl_factor_create(
    atl_factor *factor, const atl_layout *chosen, const atl_layout *plain, size_t *scratchpad,
    dnnl_engine_t engine) {
    dnnl_status_t status = atl_memory_create(&factor->memory, chosen, engine);
    if (status != dnnl_success) return status;
    factor->reordered = !atl_layout_equal(plain, chosen);
    if (!factor->reordered) return dnnl_success;
    factor->offset = *scratchpad;
    *scratchpad += atl_aligned(atl_layout_bytes(chosen));
    return atl_reorder_create(&factor->reorder, plain, chosen, engine);
}

static dnnl_status_t atl_matmul_memories(
    atl_dnnl_matmul *matmul, const_dnnl_primitive_desc_t descriptor,
    const atl_matmul_layouts *layouts, const atl_matmul_layouts *plain) {
    dnnl_engine_t engine = matmul->context->engine;
    atl_layout scratchpad;
    memset(&scratchpad, 0, sizeof scratchpad);
    dnnl_status_t status = atl_layout_query(&scratchpad, descriptor, dnnl_query_scratchpad_md);
    if (status != dnnl_success) return status;
    matmul->scratchpad_bytes = atl_aligned(atl_layout_bytes(&scratchpad));
    status = atl_memory_create(&matmul->scratchpad, &scratchpad, engine);
    atl_layout_destroy(&scratchpad);
    if (status != dnnl_success) return status;
    size_t *size = &matmul->scratchpad_bytes;
    status = atl_factor_create(&matmul->a, &layouts->a, &plain->a, size, engine);
    if (status == dnnl_success) {
        status = atl_factor_create(&matmul->b, &layouts->b, &plain->b, size, engine);
    }
    if (status == dnnl_success) {
        status = atl_memory_create(&matmul->result, &layouts->result, engine);
    }
    if (status == dnnl_success && matmul->has_bias) {
        status = atl_memory_create(&matmul->bias, &layouts->bias, engine);
    }
    return status;
}

static atl_dnnl_code atl_matmul_make(
    atl_dnnl_matmul *matmul, const atl_dnnl_matmul_shape *shape,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error) {
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_primitive_attr_t attribute = NULL;
    atl_matmul_layouts layouts, plain;
    memset(&plain, 0, sizeof plain);
    dnnl_status_t status = atl_matmul_layouts_create(
        &layouts, shape, matmul->bfloat16 ? dnnl_bf16 : dnnl_f32, matmul->has_bias);
    if (status == dnnl_success) {
        status = atl_matmul_layouts_create(&plain, shape, dnnl_f32, matmul->has_bias);
    }
    if (status == dnnl_success) status = atl_attribute_create(&attribute, post_ops);
    if (status == dnnl_success) {
        status = atl_matmul_describe(
            &descriptor, &layouts, matmul->has_bias, matmul->context->engine, attribute);
    }
    if (status == dnnl_success) status = dnnl_primitive_create(&matmul->primitive, descriptor);
    if (status == dnnl_success) status = atl_matmul_memories(matmul, descriptor, &layouts, &plain);
    const char *name = "?";
    if (status == dnnl_success) {
        dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, &name);
        snprintf(
            matmul->description, sizeof matmul->description, "matmul %s%s", name,
            matmul->bfloat16 ? " bf16" : "");
    }
    if (descriptor != NULL) dnnl_primitive_desc_destroy(descriptor);
    if (attribute != NULL) dnnl_primitive_attr_destroy(attribute);
    atl_matmul_layouts_destroy(&layouts);
    atl_matmul_layouts_destroy(&plain);
    return atl_check(status, "creating a matmul", error);
}

static atl_dnnl_code atl_check_matmul(
    const atl_dnnl_matmul_shape *shape, atl_dnnl_precision precision,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error) {
    const int64_t limit = (int64_t)1 << 31;
    const int64_t sizes[] = {shape->batch, shape->m, shape->n, shape->k};
    for (int i = 0; i < 4; i++) {
        if (sizes[i] < 1 || sizes[i] >= limit) {
            return atl_fail(
                error, ATL_DNNL_INVALID_ARGUMENTS, "a matmul's size is %" PRId64, sizes[i]);
        }
    }
    if (precision != ATL_DNNL_FLOAT32 && precision != ATL_DNNL_BFLOAT16) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no precision has the number %d", (int)precision);
    }
    return atl_check_post_ops(post_ops, error);
}

/// oneDNN's product. Its ReLU would make zeros of NaNs: a pass of our own does that.
static atl_dnnl_code atl_matmul_make_library(
    atl_dnnl_matmul *matmul, const atl_dnnl_matmul_shape *shape,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error) {
    bool rectifies = post_ops != NULL && post_ops->activation == ATL_DNNL_RELU;
    atl_dnnl_post_ops rest = {0};
    if (rectifies) {
        rest = *post_ops;
        rest.activation = ATL_DNNL_NO_ACTIVATION;
    }
    ATL_TRY(atl_matmul_make(matmul, shape, rectifies ? &rest : post_ops, error));
    atl_dnnl_post_ops left = {false, rectifies ? ATL_DNNL_RELU : ATL_DNNL_NO_ACTIVATION, 0};
    return atl_finish_create(
        &matmul->finish, matmul->context, &left, shape->batch * shape->m, shape->n, error);
}

/// The shim's product. oneDNN has the better tanh and sigmoid.
static atl_dnnl_code atl_matmul_make_tiles(
    atl_dnnl_matmul *matmul, const atl_dnnl_matmul_shape *shape,
    const atl_dnnl_post_ops *post_ops, bool plain, atl_dnnl_error *error) {
    atl_dnnl_post_ops own = {0}, left = {0};
    if (post_ops != NULL) own = *post_ops;
    if (own.activation == ATL_DNNL_TANH || own.activation == ATL_DNNL_SIGMOID) {
        left.activation = own.activation;
        own.activation = ATL_DNNL_NO_ACTIVATION;
    }
    atl_tiles_plan(&matmul->tiles, shape, &own, matmul->threads, plain);
    matmul->scratchpad_bytes = atl_tiles_scratchpad_bytes(&matmul->tiles);
    snprintf(
        matmul->description, sizeof matmul->description, "matmul %s:%s",
        matmul->tiles.dots ? "dots" : "tiles", matmul->tiles.kernel->name);
    return atl_finish_create(
        &matmul->finish, matmul->context, &left, shape->batch * shape->m, shape->n, error);
}

static atl_dnnl_code atl_matmul_make_as(
    atl_dnnl_context *context, const atl_dnnl_matmul_shape *shape,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_matmul_algorithm algorithm, bool bfloat16,
    atl_dnnl_matmul **matmul, atl_dnnl_error *error) {
    atl_dnnl_matmul *made = calloc(1, sizeof *made);
    if (made == NULL) return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a matmul");
    made->context = context;
    made->threads = atl_dnnl_threads();
    made->has_bias = post_ops != NULL && post_ops->bias;
    made->bfloat16 = bfloat16;
    bool plain = algorithm == ATL_DNNL_MATMUL_PLAIN_TILES;
    atl_dnnl_code code = algorithm == ATL_DNNL_MATMUL_LIBRARY
        ? atl_matmul_make_library(made, shape, post_ops, error)
        : atl_matmul_make_tiles(made, shape, post_ops, plain, error);
    if (code == ATL_DNNL_OK) {
        *matmul = made;
    } else {
        atl_dnnl_matmul_destroy(made);
    }
    return code;
}

atl_dnnl_code atl_dnnl_matmul_create(
    atl_dnnl_context *context, const atl_dnnl_matmul_shape *shape, atl_dnnl_precision precision,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_matmul **matmul, atl_dnnl_error *error) {
    return atl_dnnl_matmul_create_with(
        context, shape, precision, post_ops, ATL_DNNL_MATMUL_AUTOMATIC, matmul, error);
}

atl_dnnl_code atl_dnnl_matmul_create_with(
    atl_dnnl_context *context, const atl_dnnl_matmul_shape *shape, atl_dnnl_precision precision,
    const atl_dnnl_post_ops *post_ops, atl_dnnl_matmul_algorithm algorithm,
    atl_dnnl_matmul **matmul, atl_dnnl_error *error) {
    *matmul = NULL;
    ATL_TRY(atl_check_matmul(shape, precision, post_ops, error));
    if (algorithm < ATL_DNNL_MATMUL_AUTOMATIC || algorithm > ATL_DNNL_MATMUL_PLAIN_TILES) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "no algorithm has the number %d", (int)algorithm);
    }
    bool may_round = algorithm <= ATL_DNNL_MATMUL_LIBRARY && precision == ATL_DNNL_BFLOAT16;
    if (may_round && atl_dnnl_supports_bfloat16()) {
        atl_dnnl_code code = atl_matmul_make_as(
            context, shape, post_ops, ATL_DNNL_MATMUL_LIBRARY, true, matmul, error);
        if (code == ATL_DNNL_OK) return code;
    }
    if (algorithm == ATL_DNNL_MATMUL_AUTOMATIC) {
        algorithm = atl_tiles_pay(shape, post_ops) ? ATL_DNNL_MATMUL_TILES
                                                   : ATL_DNNL_MATMUL_LIBRARY;
    }
    return atl_matmul_make_as(context, shape, post_ops, algorithm, false, matmul, error);
}

// MARK: Queries

size_t atl_dnnl_matmul_scratchpad_bytes(const atl_dnnl_matmul *matmul) {
    return matmul->scratchpad_bytes;
}

bool atl_dnnl_matmul_uses_bfloat16(const atl_dnnl_matmul *matmul) { return matmul->bfloat16; }

const char *atl_dnnl_matmul_description(const atl_dnnl_matmul *matmul) {
    return matmul->description;
}

// MARK: Running

static dnnl_status_t atl_factor_point(
    atl_factor *factor, const void *data, char *scratchpad, dnnl_stream_t stream) {
    if (!factor->reordered) return atl_memory_point(factor->memory, data);
    dnnl_status_t status = atl_memory_point(factor->memory, scratchpad + factor->offset);
    if (status != dnnl_success) return status;
    return atl_reorder_submit(&factor->reorder, data, scratchpad + factor->offset, stream);
}

static dnnl_status_t atl_matmul_submit(
    atl_dnnl_matmul *matmul, const float *a, const float *b, const float *bias, float *result,
    void *scratchpad) {
    dnnl_stream_t stream = matmul->context->stream;
    dnnl_status_t status = atl_factor_point(&matmul->a, a, scratchpad, stream);
    if (status == dnnl_success) status = atl_factor_point(&matmul->b, b, scratchpad, stream);
    if (status == dnnl_success) status = atl_memory_point(matmul->result, result);
    if (status == dnnl_success) status = atl_memory_point(matmul->scratchpad, scratchpad);
    if (status == dnnl_success && matmul->has_bias) status = atl_memory_point(matmul->bias, bias);
    if (status != dnnl_success) return status;
    dnnl_exec_arg_t arguments[5] = {
        {DNNL_ARG_SRC, matmul->a.memory},
        {DNNL_ARG_WEIGHTS, matmul->b.memory},
        {DNNL_ARG_DST, matmul->result},
        {DNNL_ARG_SCRATCHPAD, matmul->scratchpad},
        {DNNL_ARG_BIAS, matmul->bias},
    };
    return dnnl_primitive_execute(
        matmul->primitive, stream, matmul->has_bias ? 5 : 4, arguments);
}

atl_dnnl_code atl_dnnl_matmul_run(
    atl_dnnl_matmul *matmul, const float *a, const float *b, const float *bias, float *result,
    void *scratchpad, atl_dnnl_error *error) {
    if (a == NULL || b == NULL || result == NULL || (matmul->has_bias && bias == NULL)
        || (matmul->scratchpad_bytes > 0 && scratchpad == NULL)) {
        return atl_fail(error, ATL_DNNL_INVALID_ARGUMENTS, "a tensor of a matmul is missing");
    }
    if ((uintptr_t)scratchpad % ATL_DNNL_ALIGNMENT != 0) {
        return atl_fail(
            error, ATL_DNNL_INVALID_ARGUMENTS, "the scratchpad is not aligned to %d bytes",
            ATL_DNNL_ALIGNMENT);
    }
    int before = atl_enter_threads(matmul->threads);
    atl_dnnl_code code = ATL_DNNL_OK;
    if (matmul->primitive == NULL) {
        atl_tiles_run(&matmul->tiles, a, b, bias, result, scratchpad);
    } else {
        dnnl_status_t status = atl_matmul_submit(matmul, a, b, bias, result, scratchpad);
        dnnl_status_t waited = dnnl_stream_wait(matmul->context->stream);
        code = atl_check(status != dnnl_success ? status : waited, "running a matmul", error);
    }
    if (code == ATL_DNNL_OK) {
        code = atl_finish_run(&matmul->finish, matmul->context, result, NULL, error);
    }
    atl_leave_threads(matmul->threads, before);
    return code;
}
