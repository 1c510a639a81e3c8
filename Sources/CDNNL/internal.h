// What the files of the shim share. Not public.
#pragma once

#include "CDNNL.h"

#include <oneapi/dnnl/dnnl.h>

enum { ATL_DNNL_TEXT = 512, ATL_DNNL_ALIGNMENT = 64 };

struct atl_dnnl_context {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
};

// MARK: Errors

/// Fills `error` (may be NULL) and returns `code`.
atl_dnnl_code atl_fail(atl_dnnl_error *error, atl_dnnl_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/// The code for an answer of oneDNN; fills `error` unless it is success.
atl_dnnl_code atl_check(dnnl_status_t status, const char *what, atl_dnnl_error *error);

/// Returns from the calling function unless `expression` is `ATL_DNNL_OK`.
#define ATL_TRY(expression)                                                                        \
    do {                                                                                           \
        atl_dnnl_code atl_try_code = (expression);                                                 \
        if (atl_try_code != ATL_DNNL_OK) return atl_try_code;                                      \
    } while (0)

/// `size` rounded up to whole cache lines.
static inline size_t atl_aligned(size_t size) {
    return (size + ATL_DNNL_ALIGNMENT - 1) / ATL_DNNL_ALIGNMENT * ATL_DNNL_ALIGNMENT;
}

static inline int64_t atl_smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t atl_larger(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t atl_ceil_divide(int64_t a, int64_t b) { return (a + b - 1) / b; }

// MARK: Memory descriptors, for both versions of oneDNN

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t atl_layout;
typedef const_dnnl_memory_desc_t atl_layout_reference;
#define ATL_LAYOUT(layout) (layout)
#else
/// In oneDNN 2 a descriptor is a value.
typedef dnnl_memory_desc_t atl_layout;
typedef const dnnl_memory_desc_t *atl_layout_reference;
#define ATL_LAYOUT(layout) (&(layout))
#endif

/// A layout that oneDNN may choose.
dnnl_status_t atl_layout_any(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type);

/// A layout given by strides, in elements.
dnnl_status_t atl_layout_strided(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type,
    const dnnl_dims_t strides);

/// A copy of a layout that a primitive descriptor has.
dnnl_status_t atl_layout_query(
    atl_layout *layout, const_dnnl_primitive_desc_t descriptor, dnnl_query_t what);

void atl_layout_destroy(atl_layout *layout);
size_t atl_layout_bytes(const atl_layout *layout);
bool atl_layout_equal(const atl_layout *a, const atl_layout *b);

/// Writes the layout as text into `key`, which has `ATL_DNNL_TEXT` bytes: equal for equal layouts.
void atl_layout_key(const atl_layout *layout, char *key);

/// A memory object without data.
dnnl_status_t atl_memory_create(
    dnnl_memory_t *memory, const atl_layout *layout, dnnl_engine_t engine);

/// Points a memory object at data, if it is not there already.
dnnl_status_t atl_memory_point(dnnl_memory_t memory, const void *data);

// MARK: Copies between layouts

/// A copy from one layout to another, or between float32 and bfloat16.
typedef struct {
    dnnl_primitive_t primitive;
    dnnl_memory_t from, to;
} atl_reorder;

dnnl_status_t atl_reorder_create(
    atl_reorder *reorder, const atl_layout *from, const atl_layout *to, dnnl_engine_t engine);
void atl_reorder_destroy(atl_reorder *reorder);

/// Submits the copy; it is not waited for.
dnnl_status_t atl_reorder_submit(
    atl_reorder *reorder, const void *from, void *to, dnnl_stream_t stream);

// MARK: Post-ops

/// A fresh attribute with a scratchpad of the caller and, if `post_ops` is not NULL, its activation.
dnnl_status_t atl_attribute_create(
    dnnl_primitive_attr_t *attribute, const atl_dnnl_post_ops *post_ops);

/// ReLU or leaky ReLU in place; NaN stays NaN. Other activations leave the values alone.
static inline void atl_activate_linearly(
    float *values, int64_t count, atl_dnnl_activation activation, float slope) {
    if (activation == ATL_DNNL_RELU) {
        for (int64_t i = 0; i < count; i++) values[i] = values[i] < 0 ? 0 : values[i];
    } else if (activation == ATL_DNNL_LEAKY_RELU) {
        for (int64_t i = 0; i < count; i++) {
            values[i] = values[i] > 0 ? values[i] : slope * values[i];
        }
    }
}

/// Post-ops for a result whose primitive has none: `rows x channels`, in place.
typedef struct {
    atl_dnnl_post_ops post_ops;
    int64_t rows, channels;
    int threads;
    /// oneDNN's, for tanh and sigmoid; else NULL.
    dnnl_primitive_t activation;
    dnnl_memory_t memory;
} atl_finish;

atl_dnnl_code atl_finish_create(
    atl_finish *finish, const atl_dnnl_context *context, const atl_dnnl_post_ops *post_ops,
    int64_t rows, int64_t channels, atl_dnnl_error *error);
void atl_finish_destroy(atl_finish *finish);
atl_dnnl_code atl_finish_run(
    atl_finish *finish, const atl_dnnl_context *context, float *result, const float *bias,
    atl_dnnl_error *error);

/// Whether the post-ops make sense and are known.
atl_dnnl_code atl_check_post_ops(const atl_dnnl_post_ops *post_ops, atl_dnnl_error *error);

/// Makes the calling thread's team as large as a primitive wants it; returns what to put back.
int atl_enter_threads(int threads);
void atl_leave_threads(int threads, int before);
