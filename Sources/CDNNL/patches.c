// Convolution as products of patch matrices: what is gathered, and how weights are packed.
//
// A forward convolution is one product: a row of the left factor is the patch of the picture under
// one window. A data gradient is one product for each residue of the result's position modulo the
// stride (a phase): positions of a phase are reached by the same kernel elements, so its patches of
// the destination's gradient are dense. A weight gradient is the transposed product of the forward
// patches and the destination's gradient.
//
// Each element of a result is summed by one thread, in an order that only the shape fixes: bits do
// not depend on the number of threads.
#include "patches.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atl_parallel.h"

// MARK: Phases

/// One kernel element along an axis: its index, and its offset from the base position.
typedef struct {
    int64_t element, offset;
} atl_axis_tap;

/// The taps of a phase along an axis, by ascending offset; `taps` has room for `kernel`. A data
/// gradient reaches position `first + stride * i` from window `i + offset` of element `e` where
/// `first + pad - e * dilation` is a multiple of the stride.
static int64_t atl_axis_taps(
    atl_axis_tap *taps, bool gradient, int64_t kernel, int64_t stride, int64_t dilation,
    int64_t pad, int64_t first) {
    int64_t count = 0;
    for (int64_t i = 0; i < kernel; i++) {
        int64_t element = gradient ? kernel - 1 - i : i;
        int64_t offset = element * dilation - pad;
        if (gradient) {
            int64_t distance = first + pad - element * dilation;
            if (distance % stride != 0) continue;
            offset = distance / stride;
        }
        taps[count].element = element;
        taps[count].offset = offset;
        count++;
    }
    return count;
}

/// Fills the taps and runs of a phase from those of its axes.
static bool atl_phase_fill(
    atl_phase *phase, const atl_axis_tap *ys, int64_t y_count, const atl_axis_tap *xs,
    int64_t x_count, int64_t channels, bool merges) {
    size_t count = (size_t)(y_count * x_count);
    phase->depth = (int64_t)count * channels;
    if (count == 0) return true;
    phase->taps = calloc(count, sizeof *phase->taps);
    phase->runs = calloc(count, sizeof *phase->runs);
    phase->starts = calloc(count + 1, sizeof *phase->starts);
    if (phase->taps == NULL || phase->runs == NULL || phase->starts == NULL) return false;
    for (int64_t i = 0; i < y_count; i++) {
        for (int64_t j = 0; j < x_count; j++) {
            int64_t start = phase->tap_count * channels;
            phase->taps[phase->tap_count++] = (atl_tap){ys[i].element, xs[j].element};
            if (merges && j > 0 && xs[j].offset == xs[j - 1].offset + 1) {
                phase->runs[phase->run_count - 1].taps++;
            } else {
                phase->runs[phase->run_count++] =
                    (atl_run){ys[i].offset, xs[j].offset, 1, start};
            }
        }
    }
    for (int run = 0; run < phase->run_count; run++) phase->starts[run] = phase->runs[run].start;
    phase->starts[phase->run_count] = phase->depth;
    return true;
}

/// Makes all phases: one, or `stride_h x stride_w` for a data gradient.
static bool atl_phases_create(
    atl_patches *patches, const atl_dnnl_geometry *g, bool gradient, atl_axis_tap *ys,
    atl_axis_tap *xs) {
    int64_t across = gradient ? atl_smaller(g->stride_w, g->w) : 1;
    int64_t down = gradient ? atl_smaller(g->stride_h, g->h) : 1;
    patches->phases = calloc((size_t)(across * down), sizeof *patches->phases);
    if (patches->phases == NULL) return false;
    patches->phase_count = (int)(across * down);
    for (int index = 0; index < patches->phase_count; index++) {
        atl_phase *phase = &patches->phases[index];
        phase->stride_y = phase->stride_x = phase->step_y = phase->step_x = 1;
        phase->count_y = g->oh;
        phase->count_x = g->ow;
        if (gradient) {
            phase->first_y = index / across;
            phase->first_x = index % across;
            phase->stride_y = g->stride_h;
            phase->stride_x = g->stride_w;
            phase->count_y = atl_ceil_divide(g->h - phase->first_y, g->stride_h);
            phase->count_x = atl_ceil_divide(g->w - phase->first_x, g->stride_w);
        } else {
            phase->step_y = g->stride_h;
            phase->step_x = g->stride_w;
        }
        int64_t y_count = atl_axis_taps(
            ys, gradient, g->kh, g->stride_h, g->dilation_h, g->pad_top, phase->first_y);
        int64_t x_count = atl_axis_taps(
            xs, gradient, g->kw, g->stride_w, g->dilation_w, g->pad_left, phase->first_x);
        if (!atl_phase_fill(
                phase, ys, y_count, xs, x_count, patches->channels, g->groups == 1)) {
            return false;
        }
    }
    return true;
}

// MARK: Creation

void atl_patches_destroy(atl_patches *patches) {
    if (patches == NULL) return;
    for (int index = 0; index < patches->phase_count; index++) {
        free(patches->phases[index].runs);
        free(patches->phases[index].taps);
        free(patches->phases[index].starts);
    }
    free(patches->phases);
    free(patches);
}

/// Sizes of packed weights and scratch.
static void atl_patches_measure(atl_dnnl_convolution *convolution) {
    atl_patches *patches = convolution->patches;
    const atl_dnnl_geometry *g = &convolution->geometry;
    const int64_t width = patches->kernel->width;
    int64_t deepest = 0, most_runs = 0;
    for (int index = 0; index < patches->phase_count; index++) {
        atl_phase *phase = &patches->phases[index];
        phase->weight_offset = patches->group_weights;
        patches->group_weights += phase->depth
            * (patches->slim ? patches->columns : atl_ceil_divide(patches->columns, width) * width);
        deepest = atl_larger(deepest, phase->depth);
        most_runs = atl_larger(most_runs, phase->run_count);
    }
    if (convolution->kind == ATL_DNNL_WEIGHT_GRADIENT) {
        // A block of patches in panels, a block of the gradient, and one patch.
        int64_t depth = ATL_BLOCK_DEPTH, panels = ATL_BLOCK_PANELS;
        int64_t rows = atl_ceil_divide(g->o / g->groups, patches->kernel->rows);
        patches->thread_floats =
            (depth + 1) * width * panels + depth * rows * patches->kernel->rows + width * panels;
        convolution->identity = true;
        convolution->packed_bytes =
            (size_t)(g->o * g->kh * g->kw * (g->c / g->groups)) * sizeof(float);
        snprintf(convolution->key, sizeof convolution->key, "plain");
    } else {
        patches->thread_floats = patches->slim
            // A few patches, and pointers to their runs.
            ? ATL_DOT_ROWS * (deepest + most_runs * (int64_t)(sizeof(float *) / sizeof(float)))
            : ATL_BLOCK_ROWS * atl_smaller(deepest, ATL_BLOCK_DEPTH);
        convolution->identity = false;
        convolution->packed_bytes =
            (size_t)(patches->group_weights * g->groups) * sizeof(float);
        snprintf(
            convolution->key, sizeof convolution->key,
            "patches %d %d%s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64
            " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " phases %d %" PRId64,
            (int)convolution->kind, (int)width, patches->slim ? " slim" : "", g->c, g->o, g->kh,
            g->kw, g->groups, g->stride_h, g->stride_w, g->dilation_h, g->dilation_w, g->pad_top,
            g->pad_left, patches->phase_count, atl_smaller(g->stride_w, g->w));
    }
    patches->thread_floats = (patches->thread_floats + 15) / 16 * 16;
    convolution->scratchpad_bytes =
        (size_t)(patches->thread_floats * convolution->threads) * sizeof(float);
}

atl_dnnl_code atl_patches_create(atl_dnnl_convolution *convolution, atl_dnnl_error *error) {
    const atl_dnnl_geometry *g = &convolution->geometry;
    bool gradient = convolution->kind == ATL_DNNL_DATA_GRADIENT;
    int64_t inputs = g->c / g->groups, outputs = g->o / g->groups;
    atl_patches *patches = calloc(1, sizeof *patches);
    atl_axis_tap *ys = calloc((size_t)g->kh, sizeof *ys), *xs = calloc((size_t)g->kw, sizeof *xs);
    bool made = patches != NULL && ys != NULL && xs != NULL;
    if (made) {
        patches->kernel = atl_tile_kernel_here();
        patches->height = gradient ? g->oh : g->h;
        patches->width = gradient ? g->ow : g->w;
        patches->row_channels = gradient ? g->o : g->c;
        patches->channels = gradient ? outputs : inputs;
        patches->result_height = gradient ? g->h : g->oh;
        patches->result_width = gradient ? g->w : g->ow;
        patches->result_channels = gradient ? g->c : g->o;
        patches->columns = gradient ? inputs : outputs;
        patches->slim = convolution->kind != ATL_DNNL_WEIGHT_GRADIENT
            && patches->columns <= ATL_DOT_COLUMNS
            && patches->channels >= patches->kernel->width / 2;
        made = atl_phases_create(patches, g, gradient, ys, xs);
    }
    free(ys);
    free(xs);
    if (!made) {
        atl_patches_destroy(patches);
        return atl_fail(error, ATL_DNNL_OUT_OF_MEMORY, "no memory for a convolution");
    }
    convolution->patches = patches;
    atl_patches_measure(convolution);
    snprintf(
        convolution->description, sizeof convolution->description, "patches %s%s",
        patches->kernel->name, patches->slim ? " slim" : "");
    atl_dnnl_activation activation = convolution->post_ops.activation;
    convolution->finishes = activation == ATL_DNNL_TANH || activation == ATL_DNNL_SIGMOID;
    return ATL_DNNL_OK;
}

// MARK: Packing

/// How many channels are transposed at a time: reads stay in order, writes in the first cache.
enum { ATL_PACK_CHANNELS = 64 };

/// The weights of one panel: `[depth][panel width]`, zeros beyond the last column.
static void atl_pack_panel(
    const atl_dnnl_convolution *convolution, const atl_phase *phase, const float *group_weights,
    int64_t first_column, int panel_width, float *panel) {
    const atl_patches *patches = convolution->patches;
    const atl_dnnl_geometry *g = &convolution->geometry;
    bool gradient = convolution->kind == ATL_DNNL_DATA_GRADIENT;
    int64_t inputs = g->c / g->groups, filter = g->kh * g->kw * inputs;
    int64_t columns = atl_smaller(panel_width, patches->columns - first_column);
    if (columns < panel_width) {
        memset(panel, 0, (size_t)(phase->depth * panel_width) * sizeof *panel);
    }
    for (int tap = 0; tap < phase->tap_count; tap++) {
        const float *element = group_weights + first_column * (gradient ? 1 : filter)
            + (phase->taps[tap].ky * g->kw + phase->taps[tap].kx) * inputs;
        if (gradient) {
            for (int64_t c = 0; c < patches->channels; c++) {
                memcpy(panel + c * panel_width, element + c * filter, (size_t)columns * 4);
            }
        } else {
            for (int64_t first = 0; first < patches->channels; first += ATL_PACK_CHANNELS) {
                int64_t end = atl_smaller(first + ATL_PACK_CHANNELS, patches->channels);
                for (int64_t i = 0; i < columns; i++) {
                    const float *from = element + i * filter;
                    for (int64_t c = first; c < end; c++) panel[c * panel_width + i] = from[c];
                }
            }
        }
        panel += patches->channels * panel_width;
    }
}

/// The weights of a phase for very few columns: `[columns][depth]`.
static void atl_pack_slim(
    const atl_dnnl_convolution *convolution, const atl_phase *phase, const float *group_weights,
    float *packed) {
    const atl_patches *patches = convolution->patches;
    const atl_dnnl_geometry *g = &convolution->geometry;
    bool gradient = convolution->kind == ATL_DNNL_DATA_GRADIENT;
    int64_t inputs = g->c / g->groups, filter = g->kh * g->kw * inputs;
    for (int64_t column = 0; column < patches->columns; column++) {
        for (int tap = 0; tap < phase->tap_count; tap++) {
            const float *element = group_weights + column * (gradient ? 1 : filter)
                + (phase->taps[tap].ky * g->kw + phase->taps[tap].kx) * inputs;
            for (int64_t c = 0; c < patches->channels; c++) {
                *packed++ = element[c * (gradient ? filter : 1)];
            }
        }
    }
}

typedef struct {
    const atl_dnnl_convolution *convolution;
    const float *plain;
    float *packed;
} atl_pack_work;

/// One thread's share of the panels of all groups and phases.
static void atl_pack_panels(void *context, int thread, int thread_count) {
    const atl_pack_work *work = context;
    const atl_dnnl_convolution *convolution = work->convolution;
    const atl_patches *patches = convolution->patches;
    const atl_dnnl_geometry *g = &convolution->geometry;
    const int width = patches->kernel->width;
    int64_t group_floats = g->o / g->groups * g->kh * g->kw * (g->c / g->groups);
    int64_t panels = atl_ceil_divide(patches->columns, width);
    int64_t count = g->groups * patches->phase_count * panels;
    int64_t end = count * (thread + 1) / thread_count;
    for (int64_t index = count * thread / thread_count; index < end; index++) {
        int64_t group = index / panels / patches->phase_count;
        const atl_phase *phase = &patches->phases[index / panels % patches->phase_count];
        int64_t first = index % panels * width;
        if (patches->slim) {
            atl_pack_slim(
                convolution, phase, work->plain + group * group_floats,
                work->packed + group * patches->group_weights + phase->weight_offset);
            continue;
        }
        bool narrow = patches->columns - first <= width / 2;
        atl_pack_panel(
            convolution, phase, work->plain + group * group_floats, first,
            narrow ? width / 2 : width,
            work->packed + group * patches->group_weights + phase->weight_offset
                + first * phase->depth);
    }
}

void atl_patches_pack(const atl_dnnl_convolution *convolution, const float *plain, float *packed) {
    atl_pack_work work = {convolution, plain, packed};
    atl_parallel(convolution->threads, atl_pack_panels, &work);
}

// MARK: Gathering

atl_origin atl_origin_of(
    const atl_patches *patches, const atl_phase *phase, const float *base, int64_t pixel) {
    int64_t in_picture = phase->count_y * phase->count_x;
    int64_t picture = pixel / in_picture, rest = pixel % in_picture;
    atl_origin origin = {
        base + picture * patches->height * patches->width * patches->row_channels,
        rest / phase->count_x * phase->step_y,
        rest % phase->count_x * phase->step_x,
    };
    return origin;
}

void atl_gather_row(
    const atl_patches *patches, const atl_phase *phase, const atl_origin *origin, int64_t first,
    int64_t end, float *row) {
    const int64_t channels = patches->channels;
    int index = 0;
    while (index + 1 < phase->run_count && phase->runs[index + 1].start <= first) index++;
    for (; index < phase->run_count && phase->runs[index].start < end; index++) {
        const atl_run *run = &phase->runs[index];
        int64_t from = atl_larger(first, run->start) - run->start;
        int64_t to = atl_smaller(end - run->start, run->taps * channels);
        int64_t y = origin->y + run->dy, x = origin->x + run->dx;
        // Of the run, what lies in the picture.
        int64_t inside = 0, outside = 0;
        if (y >= 0 && y < patches->height) {
            inside = atl_larger(0, -x) * channels;
            outside = atl_smaller(run->taps, patches->width - x) * channels;
        }
        inside = atl_smaller(atl_larger(inside, from), to);
        outside = atl_larger(atl_smaller(outside, to), inside);
        if (inside > from) memset(row, 0, (size_t)(inside - from) * sizeof *row);
        if (outside > inside) {
            int64_t place = (y * patches->width + x) * patches->row_channels + inside;
            memcpy(
                row + (inside - from), origin->picture + place,
                (size_t)(outside - inside) * sizeof *row);
        }
        if (to > outside) memset(row + (outside - from), 0, (size_t)(to - outside) * sizeof *row);
        row += to - from;
    }
}

void atl_patches_run(
    const atl_dnnl_convolution *convolution, const atl_dnnl_convolution_tensors *tensors) {
    if (convolution->kind == ATL_DNNL_WEIGHT_GRADIENT) {
        atl_patches_weight_gradient(convolution, tensors);
    } else {
        atl_patches_product(convolution, tensors);
    }
}
