// Running a program: threads, tiles, and the loads and stores around the instructions.
#include <string.h>

#include "atl_parallel.h"
#include "fused_internal.h"

/// Estimated simple operations below which a second thread costs more than it brings.
#define ATL_PARALLEL_WORK 100000.0

static int64_t atl_element_bytes(int32_t dtype) {
    switch (dtype) {
    case ATL_F32: case ATL_I32: return 4;
    case ATL_BF16: return 2;
    default: return 1;
    }
}

static int64_t atl_round_up(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// Scratch memory: which inputs are staged, the slices' partial results, then each thread's part.

static int64_t atl_shared_bytes(const atl_fused *program) {
    return atl_round_up(program->input_count) + atl_round_up(atl_partial_count(program) * 8);
}

static int64_t atl_thread_bytes(const atl_fused *program) {
    return atl_round_up(program->register_count * (int64_t)sizeof(char *))
        + atl_round_up(program->input_count * (int64_t)sizeof(atl_held_tile))
        + program->slot_count * atl_slot_bytes(program)
        + atl_round_up(program->reduction_count * program->tile * 4)
        + atl_round_up(program->reduction_count * program->tile * 8);
}

int64_t atl_fused_scratch_bytes(const atl_fused *program, int thread_count) {
    int64_t threads = thread_count < 1 ? 1 : thread_count;
    return atl_shared_bytes(program) + threads * atl_thread_bytes(program);
}

/// The `rows` rows after the one just loaded from `from`, where that is quicker than loading each:
/// rows that are all the same, and short rows of one value each. Returns how many were loaded.
static int64_t atl_gather_alike(
    const atl_input_plan *input, int32_t last, const char *from, char *lanes, int64_t rows,
    int64_t row_length) {
    if (input->strides[last - 1] == 0) {
        char *first = lanes - row_length * 4;
        int64_t done = row_length * 4, end = (rows + 1) * row_length * 4;
        while (done < end) {
            int64_t bytes = end - done < done ? end - done : done;
            memcpy(first + done, first, (size_t)bytes);
            done += bytes;
        }
        return rows;
    }
    if (input->strides[last] == 0 && row_length <= 16 && atl_element_bytes(input->dtype) == 4) {
        const uint32_t *values = (const uint32_t *)from;
        uint32_t *to = (uint32_t *)lanes;
        int64_t stride = input->strides[last - 1];
        for (int64_t row = 1; row <= rows; row++)
            for (int64_t i = 0; i < row_length; i++) *to++ = values[row * stride];
        return rows;
    }
    return 0;
}

/// Loads `count` elements of the space from `start` on, row by row.
static void atl_gather(
    const atl_fused *program, const atl_input_plan *input, const char *base, char *lanes,
    int64_t start, int64_t count) {
    int64_t bytes = atl_element_bytes(input->dtype);
    int32_t last = program->rank - 1;
    if (last < 0) {
        program->kernels->load[input->dtype](lanes, base, 0, count);
        return;
    }
    int64_t index[ATL_MAX_RANK], rest = start, offset = 0;
    for (int32_t axis = last; axis >= 0; axis--) {
        index[axis] = rest % program->sizes[axis];
        rest /= program->sizes[axis];
        if (axis < last) offset += index[axis] * input->strides[axis];
    }
    int64_t column = index[last], row_length = program->sizes[last];
    while (count > 0) {
        int64_t length = row_length - column < count ? row_length - column : count;
        const char *from = base + (offset + column * input->strides[last]) * bytes;
        program->kernels->load[input->dtype](lanes, from, input->strides[last], length);
        lanes += length * 4;
        count -= length;
        column = 0;
        if (last > 0 && length == row_length) {
            int64_t rows = program->sizes[last - 1] - 1 - index[last - 1];
            if (rows > count / row_length) rows = count / row_length;
            rows = atl_gather_alike(input, last, from, lanes, rows, row_length);
            lanes += rows * row_length * 4;
            count -= rows * row_length;
            index[last - 1] += rows;
            offset += rows * input->strides[last - 1];
        }
        for (int32_t axis = last - 1; axis >= 0; axis--) {
            offset += input->strides[axis];
            if (++index[axis] < program->sizes[axis]) break;
            offset -= index[axis] * input->strides[axis];
            index[axis] = 0;
        }
    }
}

/// Where the element at `start` lies, in elements.
static int64_t atl_offset(const atl_fused *program, const atl_input_plan *input, int64_t start) {
    int64_t offset = 0;
    for (int32_t axis = program->rank - 1; axis >= 0; axis--) {
        offset += start % program->sizes[axis] * input->strides[axis];
        start /= program->sizes[axis];
    }
    return offset;
}

/// The index along a collapsed axis, for `count` elements of the space from `start` on.
static void atl_fill_indices(
    const atl_fused *program, int32_t axis, int32_t *lanes, int64_t start, int64_t count) {
    if (axis < 0) {
        memset(lanes, 0, (size_t)count * 4);
        return;
    }
    int64_t run = 1;
    for (int32_t i = axis + 1; i < program->rank; i++) run *= program->sizes[i];
    int64_t index = start / run % program->sizes[axis], rest = run - start % run;
    for (int64_t i = 0; i < count;) {
        int64_t end = i + rest < count ? i + rest : count;
        for (; i < end; i++) lanes[i] = (int32_t)index;
        rest = run;
        index = index + 1 == program->sizes[axis] ? 0 : index + 1;
    }
}

static inline void atl_run_step(
    const atl_worker *worker, const atl_step *step, int64_t start, int64_t count) {
    char **registers = worker->registers;
    if (step->function) {
        step->function(
            registers[step->result], registers[step->a], registers[step->b], registers[step->c],
            count, &step->instruction);
    } else {
        atl_fill_indices(
            worker->program, step->instruction.integer, (int32_t *)registers[step->result], start,
            count);
    }
}

static char *atl_slot(const atl_worker *worker, int32_t slot) {
    return worker->slots + slot * atl_slot_bytes(worker->program);
}

/// Whether the slot of an input that repeats its rows (as a value for each image and channel does
/// over the pixels) holds this tile already; notes what it will hold.
static bool atl_holds_tile(atl_worker *worker, int32_t i, int64_t start, int64_t count) {
    const atl_fused *program = worker->program;
    int32_t last = program->rank - 1;
    if (last < 1 || program->inputs[i].strides[last - 1] != 0) return false;
    if (program->row_length > program->tile) return false;
    int64_t block = program->sizes[last - 1] * program->row_length;
    atl_held_tile *held = &worker->held[i];
    int64_t number = start / block;
    bool is_within = (start + count - 1) / block == number;
    if (is_within && held->block == number && held->count >= count) return true;
    held->block = is_within ? number : -1;
    held->count = count;
    return false;
}

void atl_compute_tile(atl_worker *worker, int64_t start, int64_t count) {
    const atl_fused *program = worker->program;
    for (int32_t i = 0; i < program->input_count; i++) {
        const atl_input_plan *input = &program->inputs[i];
        if (input->mode == ATL_INPUT_UNUSED || input->mode == ATL_INPUT_INVARIANT) continue;
        const char *base = worker->inputs[i];
        char *slot = atl_slot(worker, program->registers[i].slot);
        switch (input->mode) {
        case ATL_INPUT_IN_PLACE:
            if (worker->staged[i]) {
                memcpy(slot, base + start * 4, (size_t)count * 4);
                worker->registers[i] = slot;
            } else {
                worker->registers[i] = (char *)base + start * 4;
            }
            break;
        case ATL_INPUT_LINEAR:
            base += start * atl_element_bytes(input->dtype);
            program->kernels->load[input->dtype](slot, base, 1, count);
            break;
        case ATL_INPUT_ROW:
            worker->registers[i] = (char *)base + atl_offset(program, input, start) * 4;
            break;
        case ATL_INPUT_STRIDED:
            if (!atl_holds_tile(worker, i, start, count))
                atl_gather(program, input, base, slot, start, count);
            break;
        default:
            break;
        }
    }
    for (int32_t i = 0; i < program->output_count; i++) {
        if (program->output_written[i] == ATL_USE_LATE_STORE) continue;
        worker->registers[program->outputs[i].reg] = (char *)worker->results[i] + start * 4;
    }
    for (int32_t k = 0; k < program->step_count; k++)
        atl_run_step(worker, &program->steps[k], start, count);
}

void atl_store_tile(atl_worker *worker, int64_t start, int64_t count) {
    const atl_fused *program = worker->program;
    for (int32_t i = 0; i < program->output_count; i++) {
        if (program->output_written[i] != ATL_USE_LATE_STORE) continue;
        const atl_fused_output *output = &program->outputs[i];
        char *to = (char *)worker->results[i] + start * atl_element_bytes(output->dtype);
        program->kernels->store[output->dtype](to, worker->registers[output->reg], count);
    }
}

/// Lays out a thread's scratch memory and computes what no tile changes.
static void atl_prepare_worker(atl_worker *worker, char *memory) {
    const atl_fused *program = worker->program;
    worker->registers = (char **)memory;
    memory += atl_round_up(program->register_count * (int64_t)sizeof(char *));
    worker->held = (atl_held_tile *)memory;
    memory += atl_round_up(program->input_count * (int64_t)sizeof(atl_held_tile));
    for (int32_t i = 0; i < program->input_count; i++) worker->held[i].block = -1;
    worker->slots = memory;
    memory += program->slot_count * atl_slot_bytes(program);
    worker->running = (float *)memory;
    memory += atl_round_up(program->reduction_count * program->tile * 4);
    worker->wide = (double *)memory;
    for (int32_t r = 0; r < program->register_count; r++) {
        int32_t slot = program->registers[r].slot;
        worker->registers[r] = slot < 0 ? worker->slots : atl_slot(worker, slot);
    }
    int64_t count =
        program->element_count < program->tile ? program->element_count : program->tile;
    for (int32_t i = 0; i < program->input_count; i++) {
        if (program->inputs[i].mode != ATL_INPUT_INVARIANT) continue;
        atl_gather(
            program, &program->inputs[i], worker->inputs[i], worker->registers[i], 0, count);
    }
    for (int32_t k = 0; k < program->hoisted_count; k++)
        atl_run_step(worker, &program->hoisted[k], 0, count);
}

typedef struct {
    const atl_fused *program;
    const void *const *inputs;
    void *const *results;
    char *scratch;
} atl_job;

static int64_t atl_unit_count(const atl_fused *program) {
    if (program->reduction_count > 0) return atl_reduction_units(program);
    return (program->element_count + program->tile - 1) / program->tile;
}

static void atl_run_share(void *context, int thread, int thread_count) {
    const atl_job *job = context;
    const atl_fused *program = job->program;
    int64_t units = atl_unit_count(program);
    int64_t begin = units * thread / thread_count, end = units * (thread + 1) / thread_count;
    if (begin == end) return;
    atl_worker worker = {
        .program = program,
        .inputs = job->inputs,
        .results = job->results,
        .staged = (const uint8_t *)job->scratch,
        .partials = (double *)(job->scratch + atl_round_up(program->input_count)),
    };
    atl_prepare_worker(
        &worker, job->scratch + atl_shared_bytes(program) + thread * atl_thread_bytes(program));
    if (program->reduction_count > 0) {
        atl_run_reduction_units(&worker, begin, end);
        return;
    }
    int64_t position = begin * program->tile, last = end * program->tile;
    if (last > program->element_count) last = program->element_count;
    while (position < last) {
        int64_t count = atl_tile_length(program, position, last);
        atl_compute_tile(&worker, position, count);
        atl_store_tile(&worker, position, count);
        position += count;
    }
}

/// An input used in place whose memory is also that of an output is copied out first, tile by tile,
/// unless every use of it comes before the output is written, or in the same instruction.
static void atl_find_staged(
    const atl_fused *program, const void *const *inputs, void *const *results, uint8_t *staged) {
    for (int32_t i = 0; i < program->input_count; i++) {
        const atl_input_plan *input = &program->inputs[i];
        staged[i] = 0;
        if (input->mode != ATL_INPUT_IN_PLACE) continue;
        const char *begin = inputs[i], *end = begin + program->element_count * 4;
        for (int32_t k = 0; k < program->output_count; k++) {
            const char *to = results[k];
            int64_t bytes = program->element_count * atl_element_bytes(program->outputs[k].dtype);
            bool overlaps = to < end && begin < to + bytes;
            if (overlaps && input->last_use > program->output_written[k]) staged[i] = 1;
        }
    }
}

void atl_fused_run(
    const atl_fused *program, const void *const *inputs, void *const *results, void *scratch,
    int thread_count) {
    if (program->element_count == 0) {
        if (program->reduction_count > 0) atl_store_identities(program, results);
        return;
    }
    atl_find_staged(program, inputs, results, scratch);
    int64_t units = atl_unit_count(program);
    if (program->work < ATL_PARALLEL_WORK) thread_count = 1;
    if (thread_count > units) thread_count = (int)units;
    atl_job job = {program, inputs, results, scratch};
    atl_parallel(thread_count, atl_run_share, &job);
    if (program->reduction_count > 0 && program->slice_count > 1) {
        const char *partials = (const char *)scratch + atl_round_up(program->input_count);
        atl_combine_slices(program, (const double *)partials, results);
    }
}
