#pragma once
// OpenBLAS: BLAS by its C interface, and the two routines of LAPACK that Atelier calls.
//
// The library is loaded when the first of them is called (see lapack.c). They are declared here rather
// than taken from headers, because which cblas.h and lapack.h lie in the include path is the system's
// choice among several packages; the symbols are the same in all.
#include <stddef.h>

// Ours, for this program alone: OpenBLAS keeps calling its own.
#define ATL_LAPACK __attribute__((visibility("hidden")))

// BLAS: layouts, transposition, triangles and sides, with the numbers that its C interface gives them.
enum { BLAS_ROW_MAJOR = 101, BLAS_COLUMN_MAJOR = 102 };
enum { BLAS_NO_TRANSPOSE = 111, BLAS_TRANSPOSE = 112 };
enum { BLAS_UPPER = 121, BLAS_LOWER = 122 };
enum { BLAS_NON_UNIT = 131 };
enum { BLAS_LEFT = 141, BLAS_RIGHT = 142 };

ATL_LAPACK void cblas_sgemm(
    int layout, int transposeA, int transposeB, int m, int n, int k, float alpha, const float *a,
    int lda, const float *b, int ldb, float beta, float *c, int ldc);
ATL_LAPACK void cblas_dgemm(
    int layout, int transposeA, int transposeB, int m, int n, int k, double alpha, const double *a,
    int lda, const double *b, int ldb, double beta, double *c, int ldc);
ATL_LAPACK void cblas_dtrmm(
    int layout, int side, int triangle, int transpose, int diagonal, int m, int n, double alpha,
    const double *a, int lda, double *b, int ldb);

// Fortran hands over the lengths of character arguments behind all others.
ATL_LAPACK void dpstrf_(
    const char *triangle, const int *n, double *a, const int *lda, int *pivots, int *rank,
    const double *tolerance, double *work, int *info, size_t triangleLength);
ATL_LAPACK void dsyevd_(
    const char *job, const char *triangle, const int *n, double *a, const int *lda, double *values,
    double *work, const int *workCount, int *integers, const int *integerCount, int *info,
    size_t jobLength, size_t triangleLength);

// How many threads OpenBLAS may use; its builds without threads take the call and do nothing.
ATL_LAPACK void openblas_set_num_threads(int count);
