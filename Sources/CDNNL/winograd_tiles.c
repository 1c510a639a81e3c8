// Winograd's convolution: tiles of the picture to transformed tiles, products to results.
#include "winograd.h"

/// Where a tile is.
typedef struct {
    int64_t picture, y, x;
} atl_winograd_place;

static atl_winograd_place atl_winograd_place_of(const atl_winograd *winograd, int64_t tile) {
    int64_t in_picture = winograd->tiles_y * winograd->tiles_x;
    int64_t rest = tile % in_picture;
    atl_winograd_place place = {
        tile / in_picture, rest / winograd->tiles_x * winograd->family->outputs,
        rest % winograd->tiles_x * winograd->family->outputs,
    };
    return place;
}

/// Points at the elements of a tile, NULL outside of the picture.
static void atl_winograd_elements(
    const atl_winograd *winograd, const float *pictures, atl_winograd_place place, int branch,
    const float **elements) {
    const int side = winograd->family->side;
    const float *picture =
        pictures + place.picture * winograd->height * winograd->width * winograd->channels;
    int64_t top = place.y * winograd->step + winograd->ys[branch / 2].offset;
    int64_t left = place.x * winograd->step + winograd->xs[branch % 2].offset;
    for (int i = 0; i < side; i++) {
        int64_t y = top + i * winograd->step;
        bool inside = y >= 0 && y < winograd->height;
        for (int j = 0; j < side; j++) {
            int64_t x = left + j * winograd->step;
            elements[i * side + j] = inside && x >= 0 && x < winograd->width
                ? picture + (y * winograd->width + x) * winograd->channels
                : NULL;
        }
    }
}

void atl_winograd_transform_tile(
    const atl_winograd *winograd, const float *pictures, int64_t tile, int branch,
    const atl_winograd_tile_target *target) {
    const int square = winograd->family->side * winograd->family->side;
    const float *elements[ATL_WINOGRAD_SQUARE], *in[ATL_WINOGRAD_SQUARE];
    float *out[ATL_WINOGRAD_SQUARE], *to = target->to;
    atl_winograd_elements(
        winograd, pictures, atl_winograd_place_of(winograd, tile), branch, elements);
    for (int64_t first = 0; first < winograd->channels; first += target->part) {
        for (int i = 0; i < square; i++) {
            in[i] = elements[i] == NULL ? atl_winograd_zeros : elements[i] + first;
            out[i] = to + i * target->position_stride;
        }
        atl_winograd_square transform = {
            in, out, .count = atl_smaller(target->part, winograd->channels - first)};
        winograd->family->input(&transform);
        to += target->part_stride;
    }
}

void atl_winograd_finish_tile(
    const atl_dnnl_convolution *convolution, const atl_winograd_tile_source *source, int64_t tile,
    int branch, const float *bias, float *result) {
    const atl_winograd *winograd = convolution->winograd;
    const atl_winograd_family *family = winograd->family;
    const int square = family->side * family->side, outputs = family->outputs;
    const atl_dnnl_post_ops *post_ops = &convolution->post_ops;
    atl_winograd_place place = atl_winograd_place_of(winograd, tile);
    float *picture = result + source->first_column
        + place.picture * winograd->result_height * winograd->result_width * winograd->columns;
    const float *in[ATL_WINOGRAD_SQUARE];
    float *out[ATL_WINOGRAD_SQUARE], *results[ATL_WINOGRAD_SQUARE];
    // Results outside of the picture.
    float sink[ATL_WINOGRAD_CHANNELS];
    for (int i = 0; i < outputs * outputs; i++) {
        int64_t y = (place.y + i / outputs) * winograd->result_step + branch / 2;
        int64_t x = (place.x + i % outputs) * winograd->result_step + branch % 2;
        bool inside = y < winograd->result_height && x < winograd->result_width;
        results[i] =
            inside ? picture + (y * winograd->result_width + x) * winograd->columns : NULL;
    }
    for (int64_t first = 0; first < source->columns; first += ATL_WINOGRAD_CHANNELS) {
        for (int i = 0; i < square; i++) {
            in[i] = source->from + i * source->position_stride + first;
        }
        for (int i = 0; i < outputs * outputs; i++) {
            out[i] = results[i] == NULL ? sink : results[i] + first;
        }
        atl_winograd_square transform = {
            in, out, atl_smaller(ATL_WINOGRAD_CHANNELS, source->columns - first),
            post_ops->bias ? bias + source->first_column + first : NULL, post_ops->activation,
            post_ops->slope,
        };
        family->output(&transform);
    }
}
