// Memory descriptors and memory objects, for both versions of oneDNN, and copies between layouts.
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

// MARK: Descriptors

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t atl_layout_any(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type) {
    return dnnl_memory_desc_create_with_tag(layout, rank, sizes, type, dnnl_format_tag_any);
}

dnnl_status_t atl_layout_strided(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type,
    const dnnl_dims_t strides) {
    return dnnl_memory_desc_create_with_strides(layout, rank, sizes, type, strides);
}

dnnl_status_t atl_layout_query(
    atl_layout *layout, const_dnnl_primitive_desc_t descriptor, dnnl_query_t what) {
    const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(descriptor, what, 0);
    if (found == NULL) return dnnl_invalid_arguments;
    return dnnl_memory_desc_clone(layout, found);
}

void atl_layout_destroy(atl_layout *layout) {
    if (*layout != NULL) dnnl_memory_desc_destroy(*layout);
    *layout = NULL;
}

void atl_layout_key(const atl_layout *layout, char *key) {
    // The library's own serialization, folded to 128 bits (twice FNV-1a with different seeds).
    uint8_t blob[8192];
    size_t size = 0;
    key[0] = 0;
    if (dnnl_memory_desc_get_blob(NULL, &size, *layout) != dnnl_success || size > sizeof blob
        || dnnl_memory_desc_get_blob(blob, &size, *layout) != dnnl_success) {
        return;
    }
    uint64_t first = 0xcbf29ce484222325u, second = 0x84222325cbf29ce4u;
    for (size_t i = 0; i < size; i++) {
        first = (first ^ blob[i]) * 0x100000001b3u;
        second = (second ^ blob[size - 1 - i]) * 0x100000001b3u;
    }
    snprintf(
        key, ATL_DNNL_TEXT, "dnnl3 %zu %016" PRIx64 "%016" PRIx64, atl_layout_bytes(layout), first,
        second);
}

#else

dnnl_status_t atl_layout_any(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type) {
    return dnnl_memory_desc_init_by_tag(layout, rank, sizes, type, dnnl_format_tag_any);
}

dnnl_status_t atl_layout_strided(
    atl_layout *layout, int rank, const dnnl_dims_t sizes, dnnl_data_type_t type,
    const dnnl_dims_t strides) {
    return dnnl_memory_desc_init_by_strides(layout, rank, sizes, type, strides);
}

dnnl_status_t atl_layout_query(
    atl_layout *layout, const_dnnl_primitive_desc_t descriptor, dnnl_query_t what) {
    const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(descriptor, what, 0);
    if (found == NULL) return dnnl_invalid_arguments;
    *layout = *found;
    return dnnl_success;
}

void atl_layout_destroy(atl_layout *layout) { memset(layout, 0, sizeof *layout); }

void atl_layout_key(const atl_layout *layout, char *key) {
    int used = snprintf(
        key, ATL_DNNL_TEXT, "dnnl2 type %d kind %d offset %" PRId64 " extra %" PRIx64,
        (int)layout->data_type, (int)layout->format_kind, (int64_t)layout->offset0,
        (uint64_t)layout->extra.flags);
    for (int axis = 0; axis < layout->ndims; axis++) {
        used += snprintf(
            key + used, (size_t)(ATL_DNNL_TEXT - used), " %" PRId64 "/%" PRId64 ":%" PRId64,
            (int64_t)layout->dims[axis], (int64_t)layout->padded_dims[axis],
            layout->format_kind == dnnl_blocked ? (int64_t)layout->format_desc.blocking.strides[axis]
                                                : 0);
    }
    if (layout->format_kind != dnnl_blocked) return;
    const dnnl_blocking_desc_t *blocking = &layout->format_desc.blocking;
    for (int block = 0; block < blocking->inner_nblks; block++) {
        used += snprintf(
            key + used, (size_t)(ATL_DNNL_TEXT - used), " %" PRId64 "@%" PRId64,
            (int64_t)blocking->inner_blks[block], (int64_t)blocking->inner_idxs[block]);
    }
}

#endif

size_t atl_layout_bytes(const atl_layout *layout) {
    return dnnl_memory_desc_get_size(ATL_LAYOUT(*layout));
}

bool atl_layout_equal(const atl_layout *a, const atl_layout *b) {
    return dnnl_memory_desc_equal(ATL_LAYOUT(*a), ATL_LAYOUT(*b)) != 0;
}

// MARK: Memory objects

dnnl_status_t atl_memory_create(
    dnnl_memory_t *memory, const atl_layout *layout, dnnl_engine_t engine) {
    return dnnl_memory_create(memory, ATL_LAYOUT(*layout), engine, DNNL_MEMORY_NONE);
}

dnnl_status_t atl_memory_point(dnnl_memory_t memory, const void *data) {
    void *before = NULL;
    dnnl_status_t status = dnnl_memory_get_data_handle(memory, &before);
    if (status != dnnl_success || before == data) return status;
    return dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)data);
}

// MARK: Copies

dnnl_status_t atl_reorder_create(
    atl_reorder *reorder, const atl_layout *from, const atl_layout *to, dnnl_engine_t engine) {
    memset(reorder, 0, sizeof *reorder);
    dnnl_primitive_desc_t descriptor = NULL;
    dnnl_status_t status = dnnl_reorder_primitive_desc_create(
        &descriptor, ATL_LAYOUT(*from), engine, ATL_LAYOUT(*to), engine, NULL);
    if (status != dnnl_success) return status;
    status = dnnl_primitive_create(&reorder->primitive, descriptor);
    dnnl_primitive_desc_destroy(descriptor);
    if (status == dnnl_success) status = atl_memory_create(&reorder->from, from, engine);
    if (status == dnnl_success) status = atl_memory_create(&reorder->to, to, engine);
    if (status != dnnl_success) atl_reorder_destroy(reorder);
    return status;
}

void atl_reorder_destroy(atl_reorder *reorder) {
    if (reorder->primitive != NULL) dnnl_primitive_destroy(reorder->primitive);
    if (reorder->from != NULL) dnnl_memory_destroy(reorder->from);
    if (reorder->to != NULL) dnnl_memory_destroy(reorder->to);
    memset(reorder, 0, sizeof *reorder);
}

dnnl_status_t atl_reorder_submit(
    atl_reorder *reorder, const void *from, void *to, dnnl_stream_t stream) {
    dnnl_status_t status = atl_memory_point(reorder->from, from);
    if (status == dnnl_success) status = atl_memory_point(reorder->to, to);
    if (status != dnnl_success) return status;
    dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_FROM, reorder->from},
        {DNNL_ARG_TO, reorder->to},
    };
    return dnnl_primitive_execute(reorder->primitive, stream, 2, arguments);
}
