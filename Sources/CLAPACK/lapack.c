#include "CLAPACK.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

// OpenBLAS takes 4 milliseconds to start (it looks at the processor, and brings the Fortran libraries
// along), and few commands do linear algebra in double precision: it is loaded when first called.

static void *library;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
    static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib"};
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library) return;
    const char *reason = dlerror();
    fprintf(stderr, "atelier: OpenBLAS cannot be loaded (%s): install it (Debian: libopenblas0-serial)\n",
            reason ? reason : "no reason given");
    abort();
}

static void *find(const char *name) {
    pthread_once(&once, load);
    void *found = dlsym(library, name);
    if (found) return found;
    fprintf(stderr, "atelier: the OpenBLAS at hand has no %s: install another one\n", name);
    abort();
}

// A function of the library, found at the first call. Two threads that find it at once find the same.
#define CALL(name, ...)                                                                      \
    do {                                                                                     \
        static void *found;                                                                  \
        void *function = __atomic_load_n(&found, __ATOMIC_ACQUIRE);                          \
        if (!function) {                                                                     \
            function = find(#name);                                                          \
            __atomic_store_n(&found, function, __ATOMIC_RELEASE);                            \
        }                                                                                    \
        ((__typeof__(&name))function)(__VA_ARGS__);                                          \
    } while (0)

void cblas_sgemm(int layout, int transposeA, int transposeB, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    CALL(cblas_sgemm, layout, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void cblas_dgemm(int layout, int transposeA, int transposeB, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc) {
    CALL(cblas_dgemm, layout, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void cblas_dtrmm(int layout, int side, int triangle, int transpose, int diagonal, int m, int n,
                 double alpha, const double *a, int lda, double *b, int ldb) {
    CALL(cblas_dtrmm, layout, side, triangle, transpose, diagonal, m, n, alpha, a, lda, b, ldb);
}

void dpstrf_(const char *triangle, const int *n, double *a, const int *lda, int *pivots, int *rank,
             const double *tolerance, double *work, int *info, size_t triangleLength) {
    CALL(dpstrf_, triangle, n, a, lda, pivots, rank, tolerance, work, info, triangleLength);
}

void dsyevd_(const char *job, const char *triangle, const int *n, double *a, const int *lda,
             double *values, double *work, const int *workCount, int *integers,
             const int *integerCount, int *info, size_t jobLength, size_t triangleLength) {
    CALL(dsyevd_, job, triangle, n, a, lda, values, work, workCount, integers, integerCount, info,
         jobLength, triangleLength);
}

void openblas_set_num_threads(int count) { CALL(openblas_set_num_threads, count); }
