// Preparing a program: checks, collapsed axes, what is hoisted, and slots by liveness.
#include <stdlib.h>
#include <string.h>

#include "fused_internal.h"

// The operands of each kind of instruction: "result(operands)" with f, i, and * for either kind.
static const char *atl_signature(int32_t opcode) {
    if (opcode == ATL_CONST_F) return "f";
    if (opcode == ATL_CONST_I || opcode == ATL_IOTA_I) return "i";
    if (opcode >= ATL_NEG_F && opcode <= ATL_ROUND_BF16_F) return "ff";
    if (opcode >= ATL_ADD_F && opcode <= ATL_MIN_F) return "fff";
    if (opcode >= ATL_EQ_F && opcode <= ATL_GE_F) return "iff";
    if (opcode == ATL_IS_FINITE_F || opcode == ATL_NONZERO_F || opcode == ATL_F_TO_I) return "if";
    if (opcode >= ATL_NEG_I && opcode <= ATL_SATURATE_U8_I) return "ii";
    if (opcode >= ATL_ADD_I && opcode <= ATL_GE_I) return "iii";
    if (opcode == ATL_I_TO_F) return "fi";
    if (opcode == ATL_SELECT) return "*i**";
    return NULL;
}

static double atl_instruction_work(int32_t opcode) {
    switch (opcode) {
    case ATL_EXP_F: case ATL_LOG_F: case ATL_TANH_F: case ATL_SIGMOID_F: return 6;
    case ATL_SOFTPLUS_F: case ATL_ERF_F: case ATL_SIN_F: case ATL_COS_F: return 12;
    case ATL_POW_F: return 50;
    case ATL_DIV_I: return 8;
    default: return 1;
    }
}

static bool atl_is_float_type(int32_t dtype) { return dtype == ATL_F32 || dtype == ATL_BF16; }

/// Checks everything but memory; fills in the kinds of the registers.
static bool atl_check(const atl_fused_description *d, atl_register_plan *registers) {
    for (int32_t i = 0; i < d->input_count; i++) {
        int32_t dtype = d->inputs[i].dtype;
        if (dtype < ATL_F32 || dtype > ATL_BOOL) return false;
        registers[i].is_float = atl_is_float_type(dtype);
    }
    for (int32_t k = 0; k < d->instruction_count; k++) {
        const atl_instruction *instruction = &d->instructions[k];
        const char *signature = atl_signature(instruction->opcode);
        if (!signature) return false;
        const int32_t operands[3] = {instruction->a, instruction->b, instruction->c};
        int32_t result = d->input_count + k;
        for (size_t i = 1; signature[i]; i++) {
            if (operands[i - 1] < 0 || operands[i - 1] >= result) return false;
            bool is_float = registers[operands[i - 1]].is_float;
            if (signature[i] != '*' && is_float != (signature[i] == 'f')) return false;
        }
        if (instruction->opcode == ATL_SELECT
            && registers[operands[1]].is_float != registers[operands[2]].is_float) return false;
        if (instruction->opcode == ATL_IOTA_I
            && (instruction->integer < 0 || instruction->integer >= d->rank)) return false;
        registers[result].is_float =
            signature[0] == '*' ? registers[operands[1]].is_float : signature[0] == 'f';
    }
    int32_t register_count = d->input_count + d->instruction_count;
    for (int32_t i = 0; i < d->output_count; i++) {
        const atl_fused_output *output = &d->outputs[i];
        if (output->reg < 0 || output->reg >= register_count) return false;
        if (output->dtype < ATL_F32 || output->dtype > ATL_BOOL) return false;
        if (registers[output->reg].is_float != atl_is_float_type(output->dtype)) return false;
    }
    for (int32_t i = 0; i < d->reduction_count; i++) {
        const atl_fused_reduction *reduction = &d->reductions[i];
        if (reduction->reg < 0 || reduction->reg >= register_count) return false;
        if (!registers[reduction->reg].is_float) return false;
        if (!atl_is_float_type(reduction->dtype)) return false;
        if (reduction->kind < ATL_REDUCE_SUM || reduction->kind > ATL_REDUCE_MIN) return false;
    }
    if (d->reduction_count > 0
        && (d->reduce_begin < 0 || d->reduce_end > d->rank || d->reduce_begin > d->reduce_end))
        return false;
    return true;
}

/// Merges neighbouring axes where every input allows it. `axis_map` tells the axis that an index is
/// taken along where it went, -1 for an axis of size 1.
static void atl_collapse(
    const atl_fused_description *d, atl_fused *program, int32_t axis_map[ATL_MAX_RANK]) {
    bool is_indexed[ATL_MAX_RANK] = {false};
    for (int32_t k = 0; k < d->instruction_count; k++)
        if (d->instructions[k].opcode == ATL_IOTA_I) is_indexed[d->instructions[k].integer] = true;
    int32_t rank = 0, previous = -1;
    program->outer = program->count = program->inner = 1;
    for (int32_t axis = 0; axis < d->rank; axis++) {
        int64_t size = d->sizes[axis];
        axis_map[axis] = -1;
        if (d->reduction_count == 0 || axis < d->reduce_begin) program->outer *= size;
        else if (axis < d->reduce_end) program->count *= size;
        else program->inner *= size;
        if (size == 1) continue;
        bool merges = previous >= 0 && !is_indexed[axis] && !is_indexed[previous];
        if (d->reduction_count > 0 && previous >= 0) {
            int32_t bounds[2] = {d->reduce_begin, d->reduce_end};
            for (int i = 0; i < 2; i++)
                if (previous < bounds[i] && bounds[i] <= axis) merges = false;
        }
        for (int32_t i = 0; merges && i < d->input_count; i++) {
            if (!program->registers[i].is_used) continue;
            merges = program->inputs[i].strides[rank - 1] == d->inputs[i].strides[axis] * size;
        }
        if (!merges) program->sizes[rank++] = 1;
        for (int32_t i = 0; i < d->input_count; i++)
            program->inputs[i].strides[rank - 1] = d->inputs[i].strides[axis];
        program->sizes[rank - 1] *= size;
        axis_map[axis] = rank - 1;
        previous = axis;
    }
    program->rank = rank;
    program->row_length = rank > 0 ? program->sizes[rank - 1] : 1;
    program->element_count = 1;
    for (int32_t axis = 0; axis < rank; axis++) program->element_count *= program->sizes[axis];
}

/// The elements after which a register repeats, if it depends on axes from `axis` on.
static int64_t atl_period_from(const atl_fused *program, int32_t axis) {
    int64_t period = 1;
    for (int32_t i = axis; i < program->rank; i++) period *= program->sizes[i];
    return period;
}

static int64_t atl_input_period(const atl_fused *program, const atl_input_plan *input) {
    int32_t axis = 0;
    while (axis < program->rank && input->strides[axis] == 0) axis++;
    return atl_period_from(program, axis);
}

static void atl_grow_unit(atl_fused *program, int64_t period) {
    if (period <= ATL_TILE && period > program->unit) program->unit = period;
}

static void atl_classify_inputs(atl_fused *program) {
    for (int32_t i = 0; i < program->input_count; i++) {
        atl_input_plan *input = &program->inputs[i];
        if (!program->registers[i].is_used) {
            input->mode = ATL_INPUT_UNUSED;
            continue;
        }
        bool is_linear = true, is_wide = input->dtype == ATL_F32 || input->dtype == ATL_I32;
        int64_t stride = 1;
        for (int32_t axis = program->rank - 1; axis >= 0; axis--) {
            is_linear = is_linear && input->strides[axis] == stride;
            stride *= program->sizes[axis];
        }
        int64_t period = atl_input_period(program, input);
        if (is_linear && program->element_count > 1) {
            input->mode = is_wide ? ATL_INPUT_IN_PLACE : ATL_INPUT_LINEAR;
        } else if (period <= ATL_TILE) {
            input->mode = ATL_INPUT_INVARIANT;
            program->registers[i].is_invariant = true;
            atl_grow_unit(program, period);
        } else if (is_wide && program->row_length > ATL_TILE
                   && input->strides[program->rank - 1] == 1) {
            input->mode = ATL_INPUT_ROW;
        } else {
            input->mode = ATL_INPUT_STRIDED;
        }
    }
}

/// Marks the registers that a result depends on.
static void atl_mark_used(const atl_fused_description *d, atl_register_plan *registers) {
    for (int32_t i = 0; i < d->output_count; i++) registers[d->outputs[i].reg].is_used = true;
    for (int32_t i = 0; i < d->reduction_count; i++)
        registers[d->reductions[i].reg].is_used = true;
    for (int32_t k = d->instruction_count - 1; k >= 0; k--) {
        if (!registers[d->input_count + k].is_used) continue;
        const atl_instruction *instruction = &d->instructions[k];
        const int32_t operands[3] = {instruction->a, instruction->b, instruction->c};
        const char *signature = atl_signature(instruction->opcode);
        for (size_t i = 1; signature[i]; i++) registers[operands[i - 1]].is_used = true;
    }
}

/// Splits the instructions into those done once a thread and those done once a tile.
static void atl_split_steps(
    const atl_fused_description *d, atl_fused *program, const int32_t axis_map[ATL_MAX_RANK]) {
    for (int32_t k = 0; k < d->instruction_count; k++) {
        int32_t result = d->input_count + k;
        if (!program->registers[result].is_used) continue;
        const atl_instruction *instruction = &d->instructions[k];
        const int32_t operands[3] = {instruction->a, instruction->b, instruction->c};
        const char *signature = atl_signature(instruction->opcode);
        atl_step step = {.instruction = *instruction, .result = result};
        step.function = program->kernels->instructions[instruction->opcode];
        bool is_invariant = true;
        if (instruction->opcode == ATL_IOTA_I) {
            int32_t axis = axis_map[instruction->integer];
            step.instruction.integer = axis;
            int64_t period = axis < 0 ? 1 : atl_period_from(program, axis);
            is_invariant = period <= ATL_TILE;
            atl_grow_unit(program, period);
        }
        int32_t *fields[3] = {&step.a, &step.b, &step.c};
        for (size_t i = 1; signature[i]; i++) {
            *fields[i - 1] = operands[i - 1];
            is_invariant = is_invariant && program->registers[operands[i - 1]].is_invariant;
        }
        program->registers[result].is_invariant = is_invariant;
        program->work += is_invariant ? 0 : atl_instruction_work(instruction->opcode);
        if (is_invariant) program->hoisted[program->hoisted_count++] = step;
        else program->steps[program->step_count++] = step;
    }
}

/// The last step, or the mark, at which each register is read.
static void atl_last_uses(const atl_fused *program, int32_t *last_use) {
    for (int32_t r = 0; r < program->register_count; r++) last_use[r] = ATL_USE_NEVER;
    for (int32_t k = 0; k < program->step_count; k++) {
        const char *signature = atl_signature(program->steps[k].instruction.opcode);
        const int32_t operands[3] = {program->steps[k].a, program->steps[k].b, program->steps[k].c};
        for (size_t i = 1; signature[i]; i++) last_use[operands[i - 1]] = k;
    }
    for (int32_t i = 0; i < program->reduction_count; i++)
        last_use[program->reductions[i].reg] = ATL_USE_REDUCTION;
    for (int32_t i = 0; i < program->output_count; i++)
        if (program->output_written[i] == ATL_USE_LATE_STORE)
            last_use[program->outputs[i].reg] = ATL_USE_LATE_STORE + 1;
}

/// Chooses the outputs that the instruction that makes them writes by itself.
static void atl_place_outputs(atl_fused *program) {
    for (int32_t i = 0; i < program->output_count; i++) {
        program->output_written[i] = ATL_USE_LATE_STORE;
        int32_t dtype = program->outputs[i].dtype, reg = program->outputs[i].reg;
        if (dtype != ATL_F32 && dtype != ATL_I32) continue;
        for (int32_t k = 0; k < program->step_count; k++) {
            if (program->steps[k].result != reg || program->registers[reg].output >= 0) continue;
            program->registers[reg].output = i;
            program->output_written[i] = k;
        }
    }
}

/// Gives a slot of its own to each input and invariant register, and shares the others by liveness.
static bool atl_assign_slots(atl_fused *program) {
    int32_t *last_use = malloc(sizeof(int32_t) * (size_t)(program->register_count + 1));
    int32_t *free_slots = malloc(sizeof(int32_t) * (size_t)(program->register_count + 1));
    if (!last_use || !free_slots) {
        free(last_use), free(free_slots);
        return false;
    }
    atl_last_uses(program, last_use);
    int32_t free_count = 0;
    for (int32_t i = 0; i < program->input_count; i++) {
        program->inputs[i].last_use = last_use[i];
        if (program->registers[i].is_used) program->registers[i].slot = program->slot_count++;
    }
    for (int32_t k = 0; k < program->hoisted_count; k++)
        program->registers[program->hoisted[k].result].slot = program->slot_count++;
    for (int32_t k = 0; k < program->step_count; k++) {
        const int32_t operands[3] = {program->steps[k].a, program->steps[k].b, program->steps[k].c};
        const char *signature = atl_signature(program->steps[k].instruction.opcode);
        for (size_t i = 1; signature[i]; i++) {
            int32_t reg = operands[i - 1];
            atl_register_plan *plan = &program->registers[reg];
            if (reg < program->input_count || plan->is_invariant || plan->slot < 0) continue;
            if (last_use[reg] != k) continue;
            last_use[reg] = ATL_USE_NEVER;      // an operand that appears twice is freed once
            free_slots[free_count++] = plan->slot;
        }
        atl_register_plan *result = &program->registers[program->steps[k].result];
        if (result->output >= 0) continue;
        result->slot = free_count > 0 ? free_slots[--free_count] : program->slot_count++;
    }
    free(last_use), free(free_slots);
    return true;
}

static void atl_choose_tile(atl_fused *program) {
    int64_t row = program->row_length;
    if (row <= ATL_TILE) atl_grow_unit(program, row);
    if (row > ATL_TILE) {
        // Pieces of a row, alike in length.
        int64_t pieces = (row + ATL_TILE - 1) / ATL_TILE;
        program->tile = ((row + pieces - 1) / pieces + 15) / 16 * 16;
    } else {
        program->tile = ATL_TILE / program->unit * program->unit;
    }
}

static bool atl_allocate(const atl_fused_description *d, atl_fused *program) {
    program->input_count = d->input_count;
    program->output_count = d->output_count;
    program->reduction_count = d->reduction_count;
    program->register_count = d->input_count + d->instruction_count;
    size_t instructions = (size_t)d->instruction_count + 1;
    program->inputs = calloc((size_t)d->input_count + 1, sizeof *program->inputs);
    program->outputs = calloc((size_t)d->output_count + 1, sizeof *program->outputs);
    program->output_written = calloc((size_t)d->output_count + 1, sizeof(int32_t));
    program->reductions = calloc((size_t)d->reduction_count + 1, sizeof *program->reductions);
    program->registers = calloc((size_t)program->register_count + 1, sizeof *program->registers);
    program->hoisted = calloc(instructions, sizeof *program->hoisted);
    program->steps = calloc(instructions, sizeof *program->steps);
    if (!program->inputs || !program->outputs || !program->output_written || !program->reductions
        || !program->registers || !program->hoisted || !program->steps) return false;
    for (int32_t i = 0; i < d->input_count; i++) program->inputs[i].dtype = d->inputs[i].dtype;
    for (int32_t i = 0; i < d->output_count; i++) program->outputs[i] = d->outputs[i];
    for (int32_t i = 0; i < d->reduction_count; i++) program->reductions[i] = d->reductions[i];
    for (int32_t i = 0; i < program->register_count; i++)
        program->registers[i].slot = program->registers[i].output = -1;
    return true;
}

atl_fused *atl_fused_create(const atl_fused_description *d) {
    if (!d || d->rank < 0 || d->rank > ATL_MAX_RANK || d->input_count < 0
        || d->instruction_count < 0 || d->output_count < 0 || d->reduction_count < 0) return NULL;
    for (int32_t axis = 0; axis < d->rank; axis++)
        if (d->sizes[axis] < 0) return NULL;
    atl_fused *program = calloc(1, sizeof *program);
    if (!program) return NULL;
    program->kernels = atl_kernels_select();
    if (!atl_allocate(d, program) || !atl_check(d, program->registers)) {
        atl_fused_destroy(program);
        return NULL;
    }
    int32_t axis_map[ATL_MAX_RANK];
    program->unit = 1;
    atl_mark_used(d, program->registers);
    atl_collapse(d, program, axis_map);
    atl_classify_inputs(program);
    atl_split_steps(d, program, axis_map);
    program->work += program->input_count + program->output_count + program->reduction_count;
    program->work *= (double)program->element_count;
    atl_place_outputs(program);
    if (!atl_assign_slots(program)) {
        atl_fused_destroy(program);
        return NULL;
    }
    if (program->reduction_count > 0) atl_plan_reductions(program);
    else atl_choose_tile(program);
    return program;
}

void atl_fused_destroy(atl_fused *program) {
    if (!program) return;
    free(program->inputs);
    free(program->outputs);
    free(program->output_written);
    free(program->reductions);
    free(program->registers);
    free(program->hoisted);
    free(program->steps);
    free(program);
}
