// Loops over pictures, rows top to bottom. One thread, no allocation; the same bits on every machine.
#pragma once
#include <stdint.h>

// MARK: Opaque pictures of four bytes a pixel: value, 0, 0, 0 or red, green, blue, 0


/// Bytes of 1 or 3 channels to pixels.
void atl_pixels_expand(const uint8_t *bytes, int channels, int64_t count, uint32_t *pixels);

/// Pixels to bytes of 1 or 3 channels.
void atl_pixels_pack(const uint32_t *pixels, int64_t count, int channels, uint8_t *bytes);

/// Mirrors every row, left to right, in place.
void atl_pixels_mirror(uint32_t *pixels, int64_t width, int64_t height);

/// Where what lies outside of a picture comes from.
typedef enum { ATL_BORDER_REFLECT, ATL_BORDER_FILL } atl_border;

/// `to` is the picture moved right and down by whole pixels; `outside` fills a filled border.
void atl_pixels_translate(
    const uint32_t *from, int64_t width, int64_t height, int64_t columns, int64_t rows,
    atl_border border, uint32_t outside, uint32_t *to);

/// `to` is the picture turned about its middle, bilinear: pixel (x, y) is the sample at
/// (cosine dx - sine dy, sine dx + cosine dy) from the middle.
void atl_pixels_rotate(
    const uint32_t *from, int64_t width, int64_t height, float cosine, float sine,
    atl_border border, uint32_t outside, uint32_t *to);

/// The sum of Rec. 601 luminance (colour) or of the values (grey) over all pixels, first to last.
float atl_pixels_luminance(const uint32_t *pixels, int channels, int64_t count);

/// Every pixel `p` becomes the bytes nearest to `M (scale p + shift)`, held inside 0 ... 255, in
/// place. `matrix` has what red, green and blue alone become, four floats each, the last of them 0.
/// For grey pictures it is NULL, the identity.
void atl_pixels_recolour(
    uint32_t *pixels, int64_t count, float scale, float shift, const float *matrix);

// MARK: Pictures of 1 to 4 bytes a pixel

/// One row of a resizing: output `i` of every channel is the sum of the `offsets[i + 1] - offsets[i]`
/// source pixels from `starts[i]` on, times `weights[offsets[i]...]` (22 bits behind the point),
/// rounded and held inside 0 ... 255. Nothing is read from `end` on.
void atl_pixels_resize_row(
    const uint8_t *source, const uint8_t *end, int channels, int64_t count, const int64_t *starts,
    const int64_t *offsets, const int32_t *weights, uint8_t *target);

/// One row out of `taps` rows that lie `stride` bytes apart: their sum times the weights, rounded
/// and held inside 0 ... 255.
void atl_pixels_blend_rows(
    const uint8_t *source, int64_t stride, const int32_t *weights, int64_t taps, uint8_t *target);
