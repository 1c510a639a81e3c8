#include "atl_parallel.h"

#include <stddef.h>

// libgomp's own entry points, declared here because clang would otherwise call libomp's.
extern void GOMP_parallel(void (*fn)(void *), void *data, unsigned thread_count, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_num_procs(void);

typedef struct {
    atl_body body;
    void *context;
} atl_region;

static void atl_region_entry(void *data) {
    const atl_region *region = data;
    region->body(region->context, omp_get_thread_num(), omp_get_num_threads());
}

void atl_parallel(int thread_count, atl_body body, void *context) {
    if (thread_count <= 1) {
        body(context, 0, 1);
        return;
    }
    atl_region region = {body, context};
    GOMP_parallel(atl_region_entry, &region, (unsigned)thread_count, 0);
}

int atl_available_threads(void) { return omp_get_num_procs(); }
