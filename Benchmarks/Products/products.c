// GFLOP/s of CDNNL's own matrix products beside oneDNN's, and the largest difference of the two.
//
//   clang -O3 -ffp-contract=off -ISources/CDNNL/include -ISources/CKernels/include \
//       Benchmarks/Products/products.c Sources/CDNNL/*.c Sources/CKernels/parallel.c \
//       -ldnnl -lgomp -lm -o products
//   ./products [threads] [name prefix] [relu]
//
// Each figure is the median of many runs; the two take turns, so that a disturbance hits both. The
// last column is what CDNNL's rule takes. With `relu`, a bias and a ReLU follow each product. Run it
// with GOMP_SPINCOUNT=2000, as the project's programs are.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CDNNL.h"

typedef struct {
    const char *name;
    atl_dnnl_matmul_shape shape;
} product;

static const product products[] = {
    {"ring forward 128", {1, 512, 128, 128, false, true}},
    {"ring data 128", {1, 512, 128, 128, false, false}},
    {"ring weight 128", {1, 128, 128, 512, true, false}},
    {"ring forward 2>128", {1, 512, 128, 2, false, true}},
    {"ring weight 2>128", {1, 128, 2, 512, true, false}},
    {"ring data 2>128", {1, 512, 2, 128, false, false}},
    {"ring forward 128>2", {1, 512, 2, 128, false, true}},
    {"ring weight 128>2", {1, 2, 128, 512, true, false}},
    {"ring data 128>2", {1, 512, 128, 2, false, false}},
    {"ring forward 128>1", {1, 512, 1, 128, false, true}},
    {"ring weight 128>1", {1, 1, 128, 512, true, false}},
    {"ring data 128>1", {1, 512, 128, 1, false, false}},
    {"gram 64", {1, 64, 64, 65536, true, false}},
    {"gram 128", {1, 128, 128, 16384, true, false}},
    {"gram 256", {1, 256, 256, 4096, true, false}},
    {"gram 512", {1, 512, 512, 1024, true, false}},
    {"gram 512 of 256", {1, 512, 512, 256, true, false}},
    {"gram gradient 64", {1, 65536, 64, 64, false, false}},
    {"gram gradient 256", {1, 4096, 256, 256, false, false}},
    {"square 32", {1, 32, 32, 32, false, false}},
    {"square 64", {1, 64, 64, 64, false, true}},
    {"square 100", {1, 100, 100, 100, false, true}},
    {"square 200", {1, 200, 200, 200, true, true}},
    {"square 256", {1, 256, 256, 256, false, false}},
    {"square 512", {1, 512, 512, 512, false, true}},
    {"square 1000", {1, 1000, 1000, 1000, false, false}},
    {"square 1024", {1, 1024, 1024, 1024, true, false}},
    {"square 2048", {1, 2048, 2048, 2048, false, true}},
    {"batch 1 forward", {1, 1, 512, 512, false, true}},
    {"batch 1 back", {1, 1, 512, 512, false, false}},
    {"batch 1 large", {1, 1, 8192, 128, false, true}},
    {"batch 4 forward", {1, 4, 512, 512, false, true}},
    {"batch 6 forward", {1, 6, 512, 512, false, true}},
    {"batch 8 forward", {1, 8, 512, 512, false, true}},
    {"batch 8 back", {1, 8, 512, 512, false, false}},
    {"batch 16 forward", {1, 16, 512, 512, false, true}},
    {"batch 16 back", {1, 16, 512, 512, false, false}},
    {"batch 64 forward", {1, 64, 8192, 128, false, true}},
    {"batch 64 weight", {1, 8192, 128, 64, true, false}},
    {"batch 64 back", {1, 64, 128, 8192, false, false}},
    {"resnet head", {1, 128, 10, 512, false, true}},
    {"resnet head weight", {1, 10, 512, 128, true, false}},
    {"resnet head data", {1, 128, 512, 10, false, false}},
    {"slim 3", {1, 4096, 3, 64, false, true}},
    {"slim 4", {1, 4096, 4, 64, false, false}},
    {"slim 5", {1, 4096, 5, 64, false, true}},
    {"slim 8", {1, 4096, 8, 64, false, false}},
    {"slim 8 weight", {1, 64, 8, 4096, true, false}},
    {"slim 6 both", {1, 64, 6, 4096, true, true}},
    {"flat 8 both", {1, 6, 64, 4096, true, true}},
    {"attention scores", {64, 64, 64, 32, false, true}},
    {"attention values", {64, 64, 32, 64, false, false}},
    {"many small", {256, 8, 8, 8, false, false}},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static float *random_floats(size_t count) {
    float *values = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
    for (size_t i = 0; i < count; i++) values[i] = (float)rand() / (float)RAND_MAX - 0.5f;
    return values;
}

enum { ROUNDS = 201 };

static void measure(
    atl_dnnl_context *context, const product *p, const atl_dnnl_post_ops *post_ops) {
    atl_dnnl_error error;
    atl_dnnl_matmul *sides[2] = {NULL, NULL}, *chosen = NULL;
    const atl_dnnl_matmul_shape *s = &p->shape;
    float *a = random_floats((size_t)(s->batch * s->m * s->k));
    float *b = random_floats((size_t)(s->batch * s->k * s->n));
    float *bias = random_floats((size_t)s->n);
    size_t count = (size_t)(s->batch * s->m * s->n);
    float *results[2] = {random_floats(count), random_floats(count)};
    void *scratch[2];
    const atl_dnnl_matmul_algorithm algorithms[] = {
        ATL_DNNL_MATMUL_LIBRARY, ATL_DNNL_MATMUL_TILES};
    for (int side = 0; side < 2; side++) {
        if (atl_dnnl_matmul_create_with(
                context, s, ATL_DNNL_FLOAT32, post_ops, algorithms[side], &sides[side], &error)
            != ATL_DNNL_OK) {
            printf("%s: %s\n", p->name, error.message);
            exit(1);
        }
        scratch[side] = aligned_alloc(
            64, (atl_dnnl_matmul_scratchpad_bytes(sides[side]) + 127) / 64 * 64);
    }
    atl_dnnl_matmul_create(context, s, ATL_DNNL_FLOAT32, post_ops, &chosen, &error);
    static double times[2][ROUNDS];
    double operations = 2.0 * (double)s->batch * (double)s->m * (double)s->n * (double)s->k;
    int rounds = operations > 4e8 ? 15 : operations > 2e7 ? 31 : ROUNDS;
    for (int round = -2; round < rounds; round++) {
        for (int side = 0; side < 2; side++) {
            int repeats = operations < 1e6 ? 10 : 1;
            double start = now();
            for (int i = 0; i < repeats; i++) {
                atl_dnnl_matmul_run(
                    sides[side], a, b, bias, results[side], scratch[side], &error);
            }
            if (round >= 0) times[side][round] = (now() - start) / repeats;
        }
    }
    double worst = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs((double)results[0][i] - (double)results[1][i]));
    }
    double median[2];
    for (int side = 0; side < 2; side++) {
        qsort(times[side], (size_t)rounds, sizeof(double), by_size);
        median[side] = times[side][rounds / 2];
    }
    printf(
        "%-20s %3lldx%5lldx%5lldx%5lld %c%c  %6.1f %6.1f GFLOP/s  %8.1f %8.1f us  %5.2f  %.1e  %s\n",
        p->name, (long long)s->batch, (long long)s->m, (long long)s->n, (long long)s->k,
        s->transpose_a ? 'T' : '-', s->transpose_b ? 'T' : '-', operations / median[0] / 1e9,
        operations / median[1] / 1e9, median[0] * 1e6, median[1] * 1e6, median[0] / median[1],
        worst, atl_dnnl_matmul_description(chosen));
    fflush(stdout);
    for (int side = 0; side < 2; side++) {
        atl_dnnl_matmul_destroy(sides[side]);
        free(scratch[side]);
        free(results[side]);
    }
    atl_dnnl_matmul_destroy(chosen);
    free(a);
    free(b);
    free(bias);
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 2;
    const char *prefix = argc > 2 ? argv[2] : "";
    bool rectifies = argc > 3 && strcmp(argv[3], "relu") == 0;
    atl_dnnl_post_ops post_ops = {
        rectifies, rectifies ? ATL_DNNL_RELU : ATL_DNNL_NO_ACTIVATION, 0};
    atl_dnnl_set_threads(threads);
    atl_dnnl_context *context = NULL;
    atl_dnnl_error error;
    if (atl_dnnl_context_create(&context, &error) != ATL_DNNL_OK) return 1;
    printf(
        "%d threads, %s: oneDNN's, ours, twice; times faster; difference; the rule takes\n",
        threads, atl_dnnl_isa());
    for (size_t i = 0; i < sizeof products / sizeof products[0]; i++) {
        if (strncmp(products[i].name, prefix, strlen(prefix)) == 0) {
            measure(context, &products[i], &post_ops);
        }
    }
    atl_dnnl_context_destroy(context);
}
