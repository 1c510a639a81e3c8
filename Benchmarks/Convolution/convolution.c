// GFLOP/s of each algorithm of CDNNL for the layers of common generators and discriminators.
//
//   clang -O2 -ISources/CDNNL/include -ISources/CKernels/include Benchmarks/Convolution/convolution.c \
//       Sources/CDNNL/*.c Sources/CKernels/parallel.c -O3 -ffp-contract=off -ldnnl -lgomp -lm -o convolution
//   ./convolution [threads] [layer name prefix]
//
// Each figure is the least of several rounds; the algorithms take turns, so that a disturbance hits
// all of them. With one thread it is processor time, which others on the machine disturb least.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CDNNL.h"

typedef struct {
    const char *name;
    int n, side, c, o, kernel, stride, pad;
} layer;

static const layer layers[] = {
    {"d1 4x4/2 3>64 64px b64", 64, 64, 3, 64, 4, 2, 1},
    {"d2 4x4/2 64>128 32px b64", 64, 32, 64, 128, 4, 2, 1},
    {"d3 4x4/2 128>256 16px b64", 64, 16, 128, 256, 4, 2, 1},
    {"d4 4x4/2 256>512 8px b64", 64, 8, 256, 512, 4, 2, 1},
    {"d5 4x4 512>1 4px b64", 64, 4, 512, 1, 4, 1, 0},
    {"g1 4x4 512>100 4px b64", 64, 4, 512, 100, 4, 1, 0},
    {"c3 64 64px b8", 8, 64, 64, 64, 3, 1, 1},
    {"c3 128 32px b16", 16, 32, 128, 128, 3, 1, 1},
    {"c3 256 16px b16", 16, 16, 256, 256, 3, 1, 1},
    {"c3 256 8px b32", 32, 8, 256, 256, 3, 1, 1},
    {"c3 256 64px b1", 1, 64, 256, 256, 3, 1, 1},
    {"c3/2 64>128 64px b8", 8, 64, 64, 128, 3, 2, 1},
    {"c3 64>3 64px b16", 16, 64, 64, 3, 3, 1, 1},
    {"c3 3>64 64px b16", 16, 64, 3, 64, 3, 1, 1},
    {"c1 256 16px b32", 32, 16, 256, 256, 1, 1, 0},
    {"c1 64>256 32px b16", 16, 32, 64, 256, 1, 1, 0},
    {"c1 512>3 16px b32", 32, 16, 512, 3, 1, 1, 0},
    {"c7 3>64 128px b4", 4, 128, 3, 64, 7, 1, 3},
    {"c7 64>3 128px b4", 4, 128, 64, 3, 7, 1, 3},
    {"c9 3>64 128px b2", 2, 128, 3, 64, 9, 1, 4},
    {"c9 64>3 128px b2", 2, 128, 64, 3, 9, 1, 4},
    {"c4 512>1 31px b1", 1, 31, 512, 1, 4, 1, 1},
    {"c4 256>512 32px b1", 1, 32, 256, 512, 4, 1, 1},
    // Where Winograd's algorithm may pay: DCGAN with few and many images, U-Net, ResNet, VGG.
    {"w4 64>128 32px b1", 1, 32, 64, 128, 4, 2, 1},
    {"w4 64>128 32px b200", 200, 32, 64, 128, 4, 2, 1},
    {"w4 24>48 32px b64", 64, 32, 24, 48, 4, 2, 1},
    {"w4 48>96 16px b64", 64, 16, 48, 96, 4, 2, 1},
    {"w4 96>192 16px b16", 16, 16, 96, 192, 4, 2, 1},
    {"w4 256>512 8px b16", 16, 8, 256, 512, 4, 2, 1},
    {"u4 64>128 128px b1", 1, 128, 64, 128, 4, 2, 1},
    {"u4 128>256 64px b1", 1, 64, 128, 256, 4, 2, 1},
    {"u4 256>512 32px b1", 1, 32, 256, 512, 4, 2, 1},
    {"u4 512>512 16px b1", 1, 16, 512, 512, 4, 2, 1},
    {"u4 512>512 8px b1", 1, 8, 512, 512, 4, 2, 1},
    {"u4 512>512 4px b1", 1, 4, 512, 512, 4, 2, 1},
    {"u4 512>512 2px b1", 1, 2, 512, 512, 4, 2, 1},
    {"r3 64 32px b128", 128, 32, 64, 64, 3, 1, 1},
    {"r3 128 16px b128", 128, 16, 128, 128, 3, 1, 1},
    {"r3 256 8px b128", 128, 8, 256, 256, 3, 1, 1},
    {"r3 512 4px b128", 128, 4, 512, 512, 3, 1, 1},
    {"r3/2 64>128 32px b128", 128, 32, 64, 128, 3, 2, 1},
    {"r3/2 128>256 16px b128", 128, 16, 128, 256, 3, 2, 1},
    {"r3/2 256>512 8px b128", 128, 8, 256, 512, 3, 2, 1},
    {"v3 64 256px b1", 1, 256, 64, 64, 3, 1, 1},
    {"v3 128 128px b1", 1, 128, 128, 128, 3, 1, 1},
    {"v3 256 64px b1", 1, 64, 256, 256, 3, 1, 1},
    {"v3 512 32px b1", 1, 32, 512, 512, 3, 1, 1},
    {"v3 512 16px b1", 1, 16, 512, 512, 3, 1, 1},
    {"x3 256 66px b1 pad 0", 1, 66, 256, 256, 3, 1, 0},
    {"x3/2 64>128 256px b1", 1, 256, 64, 128, 3, 2, 1},
    {"x3 24 32px b16", 16, 32, 24, 24, 3, 1, 1},
    {"x3 48 32px b16", 16, 32, 48, 48, 3, 1, 1},
    {"x3 96 16px b16", 16, 16, 96, 96, 3, 1, 1},
    {"x3 128 4px b16", 16, 4, 128, 128, 3, 1, 1},
    {"x3 512 4px b16", 16, 4, 512, 512, 3, 1, 1},
    {"x3 128 6px b64", 64, 6, 128, 128, 3, 1, 1},
};

static const char *const kind_names[] = {"forward", "data", "weights"};
static const char *const algorithm_names[] = {"automatic", "direct", "blocked", "patches", "winograd"};

static double seconds(void) {
    struct timespec now;
    clock_gettime(atl_dnnl_threads() == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static float *numbers(size_t bytes) {
    size_t count = (bytes + 63) / 64 * 16 + 16;
    float *values = aligned_alloc(64, count * sizeof(float));
    if (values == NULL) abort();
    for (size_t i = 0; i < count; i++) values[i] = (float)((i * 2654435761u >> 8) % 1000) / 500 - 1;
    return values;
}

/// The least time of a run, and of packing.
static double least(
    atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors,
    const float *plain, double *packing) {
    double best = 1e9, start = seconds();
    for (int round = 0; round < 2 || (round < 8 && seconds() - start < 0.15); round++) {
        double before = seconds();
        if (plain != NULL) {
            atl_dnnl_convolution_pack_weights(convolution, plain, tensors->weights, NULL);
            double spent = seconds() - before;
            if (spent < *packing) *packing = spent;
        }
        before = seconds();
        atl_dnnl_error error;
        if (atl_dnnl_convolution_run(convolution, tensors, &error) != ATL_DNNL_OK) {
            printf("%s\n", error.message);
            return 1e9;
        }
        double spent = seconds() - before;
        if (spent < best) best = spent;
        if (spent > 2) break;
    }
    return best;
}

static void measure(atl_dnnl_context *context, const layer *l, atl_dnnl_convolution_kind kind) {
    int out = (l->side + 2 * l->pad - l->kernel) / l->stride + 1;
    atl_dnnl_geometry g = {
        .n = l->n, .h = l->side, .w = l->side, .c = l->c, .oh = out, .ow = out, .o = l->o,
        .kh = l->kernel, .kw = l->kernel, .stride_h = l->stride, .stride_w = l->stride,
        .pad_top = l->pad, .pad_bottom = l->pad, .pad_left = l->pad, .pad_right = l->pad,
        .dilation_h = 1, .dilation_w = 1, .groups = 1,
    };
    double flops = 2.0 * l->n * out * out * l->o * l->c * l->kernel * l->kernel;
    atl_dnnl_convolution *made[5];
    size_t packed = 0, scratch = 0;
    for (int a = 0; a < 5; a++) {
        if (atl_dnnl_convolution_create(
                context, kind, &g, ATL_DNNL_FLOAT32, NULL, (atl_dnnl_algorithm)a, &made[a], NULL)
            != ATL_DNNL_OK) continue;
        size_t bytes = atl_dnnl_convolution_packed_weight_bytes(made[a]);
        if (bytes > packed) packed = bytes;
        bytes = atl_dnnl_convolution_scratchpad_bytes(made[a]);
        if (bytes > scratch) scratch = bytes;
    }
    float *plain = numbers((size_t)(g.o * g.kh * g.kw * g.c) * 4);
    atl_dnnl_convolution_tensors tensors = {
        numbers((size_t)(g.n * g.h * g.w * g.c) * 4), numbers(packed), NULL,
        numbers((size_t)(g.n * g.oh * g.ow * g.o) * 4), numbers(scratch),
    };
    double best[5] = {1e9, 1e9, 1e9, 1e9, 1e9}, packing[5] = {1e9, 1e9, 1e9, 1e9, 1e9};
    for (int round = 0; round < 3; round++) {
        for (int a = 0; a < 5; a++) {
            if (made[a] == NULL || (round > 0 && best[a] > 1)) continue;
            double spent = least(
                made[a], &tensors, kind == ATL_DNNL_WEIGHT_GRADIENT ? NULL : plain, &packing[a]);
            if (spent < best[a]) best[a] = spent;
        }
    }
    printf("%-26s %-8s", l->name, kind_names[kind]);
    for (int a = 0; a < 5; a++) {
        if (made[a] == NULL) {
            printf(" | %s -", algorithm_names[a]);
            continue;
        }
        printf(" | %s %.1f (%.2f ms", atl_dnnl_convolution_description(made[a]),
               flops / best[a] * 1e-9, best[a] * 1e3);
        if (packing[a] < 1e8) printf(", pack %.2f", packing[a] * 1e3);
        printf(")");
        atl_dnnl_convolution_destroy(made[a]);
    }
    printf("\n");
    fflush(stdout);
    free(plain), free(tensors.source), free(tensors.weights), free(tensors.destination);
    free(tensors.scratchpad);
}

int main(int argc, char **argv) {
    atl_dnnl_set_threads(argc > 1 ? atoi(argv[1]) : 2);
    atl_dnnl_context *context;
    if (atl_dnnl_context_create(&context, NULL) != ATL_DNNL_OK) return 1;
    printf("oneDNN %s, %s, %d threads\n", atl_dnnl_version(), atl_dnnl_isa(), atl_dnnl_threads());
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        if (argc > 2 && strncmp(layers[i].name, argv[2], strlen(argv[2])) != 0) continue;
        for (int kind = 0; kind < 3; kind++) {
            measure(context, &layers[i], (atl_dnnl_convolution_kind)kind);
        }
    }
    atl_dnnl_context_destroy(context);
    return 0;
}
