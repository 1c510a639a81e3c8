// The engine, what is known of the machine, and errors.
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// libgomp's, declared here because clang's header may be missing or libomp's.
extern void omp_set_num_threads(int threads);
extern int omp_get_max_threads(void);

atl_dnnl_code atl_fail(atl_dnnl_error *error, atl_dnnl_code code, const char *format, ...) {
    if (error != NULL) {
        error->code = code;
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->message, sizeof error->message, format, arguments);
        va_end(arguments);
    }
    return code;
}

static const char *atl_status_name(dnnl_status_t status) {
    switch (status) {
    case dnnl_out_of_memory: return "out of memory";
    case dnnl_invalid_arguments: return "invalid arguments";
    case dnnl_unimplemented: return "not implemented";
    case dnnl_runtime_error: return "run-time error";
    default: return "failed";
    }
}

atl_dnnl_code atl_check(dnnl_status_t status, const char *what, atl_dnnl_error *error) {
    atl_dnnl_code code = ATL_DNNL_RUNTIME_ERROR;
    switch (status) {
    case dnnl_success: return ATL_DNNL_OK;
    case dnnl_out_of_memory: code = ATL_DNNL_OUT_OF_MEMORY; break;
    case dnnl_invalid_arguments: code = ATL_DNNL_INVALID_ARGUMENTS; break;
    case dnnl_unimplemented: code = ATL_DNNL_UNSUPPORTED; break;
    default: break;
    }
    return atl_fail(
        error, code, "oneDNN, %s: %s (status %d)", what, atl_status_name(status), (int)status);
}

atl_dnnl_code atl_dnnl_context_create(atl_dnnl_context **context, atl_dnnl_error *error) {
    *context = NULL;
    // Else the first primitive looks for a profiler's library in a hundred folders.
    dnnl_set_jit_profiling_flags(DNNL_JIT_PROFILE_NONE);
    atl_dnnl_context *made = calloc(1, sizeof *made);
    if (made == NULL) return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a context");
    atl_dnnl_code code =
        atl_check(dnnl_engine_create(&made->engine, dnnl_cpu, 0), "creating the engine", error);
    if (code == ATL_DNNL_OK) {
        code = atl_check(
            dnnl_stream_create(&made->stream, made->engine, dnnl_stream_default_flags),
            "creating the stream", error);
    }
    if (code != ATL_DNNL_OK) {
        atl_dnnl_context_destroy(made);
        return code;
    }
    *context = made;
    return ATL_DNNL_OK;
}

void atl_dnnl_context_destroy(atl_dnnl_context *context) {
    if (context == NULL) return;
    if (context->stream != NULL) dnnl_stream_destroy(context->stream);
    if (context->engine != NULL) dnnl_engine_destroy(context->engine);
    free(context);
}

const char *atl_dnnl_version(void) {
    static _Thread_local char text[32];
    const dnnl_version_t *version = dnnl_version();
    snprintf(text, sizeof text, "%d.%d.%d", version->major, version->minor, version->patch);
    return text;
}

const char *atl_dnnl_isa(void) {
    switch (dnnl_get_effective_cpu_isa()) {
    case dnnl_cpu_isa_sse41: return "sse41";
    case dnnl_cpu_isa_avx: return "avx";
    case dnnl_cpu_isa_avx2: return "avx2";
    case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
    case dnnl_cpu_isa_avx512_core: return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl_cpu_isa_avx2_vnni_2: return "avx2_vnni_2";
    case dnnl_cpu_isa_avx512_core_fp16: return "avx512_core_fp16";
    case dnnl_cpu_isa_avx512_core_amx_fp16: return "avx512_core_amx_fp16";
#endif
    default: return atl_dnnl_supports_bfloat16() ? "avx512_core+" : "other";
    }
}

bool atl_dnnl_supports_bfloat16(void) {
    int isa = (int)dnnl_get_effective_cpu_isa();
    return (isa & (int)dnnl_cpu_isa_avx512_core) == (int)dnnl_cpu_isa_avx512_core;
}

void atl_dnnl_set_threads(int threads) { omp_set_num_threads(threads < 1 ? 1 : threads); }

int atl_dnnl_threads(void) { return omp_get_max_threads(); }

int atl_enter_threads(int threads) {
    int before = omp_get_max_threads();
    if (before != threads) omp_set_num_threads(threads);
    return before;
}

void atl_leave_threads(int threads, int before) {
    if (before != threads) omp_set_num_threads(before);
}
