#include "CPixels.h"
#include "clones.h"

#include <stddef.h>
#include <string.h>

// Vectors of the four channels of a pixel. Clones for wider instruction sets give the same bits:
// products and sums are not contracted (see Package.swift), and lanes are independent.
typedef float float4 __attribute__((ext_vector_type(4)));
typedef int32_t int4 __attribute__((ext_vector_type(4)));
typedef uint8_t byte4 __attribute__((ext_vector_type(4)));

ATL_INLINE float4 widened(uint32_t pixel) {
    byte4 bytes;
    memcpy(&bytes, &pixel, 4);
    return __builtin_convertvector(bytes, float4);
}

/// The nearest bytes, halves up, held inside 0 ... 255.
ATL_INLINE uint32_t rounded(float4 value) {
    int4 whole = __builtin_convertvector(value + 0.5f, int4);
    whole = __builtin_elementwise_max(whole, (int4)0);
    whole = __builtin_elementwise_min(whole, (int4)255);
    const byte4 bytes = __builtin_convertvector(whole, byte4);
    uint32_t pixel;
    memcpy(&pixel, &bytes, 4);
    return pixel;
}

/// The bytes in memory order as a number whose first byte is the lowest.
ATL_INLINE uint32_t number(const uint8_t *bytes) {
    uint32_t value;
    memcpy(&value, bytes, 4);
    return value;
}

// MARK: In and out

void atl_pixels_expand(const uint8_t *bytes, int channels, int64_t count, uint32_t *pixels) {
    if (channels == 1) {
        for (int64_t i = 0; i < count; i += 1) {
            const uint8_t pixel[4] = {bytes[i], 0, 0, 0};
            memcpy(pixels + i, pixel, 4);
        }
        return;
    }
    const uint8_t colour[4] = {255, 255, 255, 0};
    const uint32_t mask = number(colour);
    // Four bytes are read for three, except at the end.
    for (int64_t i = 0; i < count - 1; i += 1) { pixels[i] = number(bytes + 3 * i) & mask; }
    const uint8_t *end = bytes + 3 * (count - 1);
    const uint8_t last[4] = {end[0], end[1], end[2], 0};
    memcpy(pixels + count - 1, last, 4);
}

void atl_pixels_pack(const uint32_t *pixels, int64_t count, int channels, uint8_t *bytes) {
    if (channels == 1) {
        for (int64_t i = 0; i < count; i += 1) { memcpy(bytes + i, pixels + i, 1); }
        return;
    }
    // Four bytes are written for three; the next pixel writes over the fourth.
    for (int64_t i = 0; i < count - 1; i += 1) { memcpy(bytes + 3 * i, pixels + i, 4); }
    memcpy(bytes + 3 * (count - 1), pixels + count - 1, 3);
}

// MARK: Moving

void atl_pixels_mirror(uint32_t *pixels, int64_t width, int64_t height) {
    for (int64_t y = 0; y < height; y += 1) {
        uint32_t *row = pixels + y * width;
        for (int64_t left = 0, right = width - 1; left < right; left += 1, right -= 1) {
            const uint32_t pixel = row[left];
            row[left] = row[right];
            row[right] = pixel;
        }
    }
}

/// The place inside 0 ..< count that a place outside mirrors: the border pixel is repeated once.
ATL_INLINE int64_t reflected(int64_t index, int64_t count) {
    const int64_t once = index < 0 ? -1 - index : index >= count ? 2 * count - 1 - index : index;
    if (once >= 0 && once < count) { return once; }
    const int64_t period = 2 * count;
    const int64_t wrapped = ((index % period) + period) % period;
    return wrapped < count ? wrapped : period - 1 - wrapped;
}

/// The pixel at a place that may lie outside.
ATL_INLINE uint32_t pixel_at(
    const uint32_t *from, int64_t width, int64_t height, int64_t x, int64_t y, atl_border border,
    uint32_t outside
) {
    if (x >= 0 && x < width && y >= 0 && y < height) { return from[y * width + x]; }
    if (border == ATL_BORDER_FILL) { return outside; }
    return from[reflected(y, height) * width + reflected(x, width)];
}

void atl_pixels_translate(
    const uint32_t *from, int64_t width, int64_t height, int64_t columns, int64_t rows,
    atl_border border, uint32_t outside, uint32_t *to
) {
    const int64_t begin = columns < 0 ? 0 : columns < width ? columns : width;
    int64_t end = columns < 0 ? width + columns : width;
    if (end < begin) { end = begin; }
    for (int64_t y = 0; y < height; y += 1) {
        uint32_t *target = to + y * width;
        const int64_t row = y - rows;
        const int is_inside = row >= 0 && row < height;
        if (!is_inside && border == ATL_BORDER_FILL) {
            for (int64_t x = 0; x < width; x += 1) { target[x] = outside; }
            continue;
        }
        const int64_t source = is_inside ? row : reflected(row, height);
        for (int64_t x = 0; x < begin; x += 1) {
            target[x] = pixel_at(from, width, height, x - columns, source, border, outside);
        }
        if (end > begin) {
            memcpy(
                target + begin, from + source * width + begin - columns,
                (size_t)(end - begin) * 4);
        }
        for (int64_t x = end; x < width; x += 1) {
            target[x] = pixel_at(from, width, height, x - columns, source, border, outside);
        }
    }
}

/// The four pixels around a place, at least one of them outside, weighted.
static __attribute__((noinline)) uint32_t sample_border(
    const uint32_t *from, int64_t width, int64_t height, int64_t left, int64_t top, float share_x,
    float share_y, atl_border border, uint32_t outside
) {
    const float4 a = widened(pixel_at(from, width, height, left, top, border, outside));
    const float4 b = widened(pixel_at(from, width, height, left + 1, top, border, outside));
    const float4 c = widened(pixel_at(from, width, height, left, top + 1, border, outside));
    const float4 d = widened(pixel_at(from, width, height, left + 1, top + 1, border, outside));
    return rounded(
        (1 - share_x) * (1 - share_y) * a + share_x * (1 - share_y) * b
        + (1 - share_x) * share_y * c + share_x * share_y * d);
}

/// Samples are placed for so many pixels at once, in loops that the compiler makes vectors of.
enum { PLACES = 64 };

/// Where the samples of a run of pixels lie: the pixel left of and above each, and how far beyond.
typedef struct {
    int32_t left[PLACES], top[PLACES];
    float share_x[PLACES], share_y[PLACES];
} places;

ATL_INLINE void place_samples(
    places *p, int32_t first, float centre_x, float centre_y, float cosine, float sine, float dy
) {
    const float across_x = sine * dy, across_y = cosine * dy;
    for (int32_t i = 0; i < PLACES; i += 1) {
        const float dx = (float)(first + i) - centre_x;
        const float x = centre_x + cosine * dx - across_x, y = centre_y + sine * dx + across_y;
        // Rounded down: conversion cuts towards 0.
        const int32_t cut_x = (int32_t)x, cut_y = (int32_t)y;
        const int32_t left = cut_x - ((float)cut_x > x), top = cut_y - ((float)cut_y > y);
        p->left[i] = left;
        p->top[i] = top;
        p->share_x[i] = x - (float)left;
        p->share_y[i] = y - (float)top;
    }
}

ATL_CLONES void atl_pixels_rotate(
    const uint32_t *from, int64_t width, int64_t height, float cosine, float sine,
    atl_border border, uint32_t outside, uint32_t *to
) {
    const float centre_x = (float)(width - 1) / 2, centre_y = (float)(height - 1) / 2;
    places p;
    for (int64_t y = 0; y < height; y += 1) {
        const float dy = (float)y - centre_y;
        for (int64_t first = 0; first < width; first += PLACES) {
            place_samples(&p, (int32_t)first, centre_x, centre_y, cosine, sine, dy);
            const int64_t count = width - first < PLACES ? width - first : PLACES;
            uint32_t *target = to + y * width + first;
            for (int64_t i = 0; i < count; i += 1) {
                const int64_t left = p.left[i], top = p.top[i];
                const float share_x = p.share_x[i], share_y = p.share_y[i];
                // Negative numbers are large ones without a sign.
                if ((uint64_t)left >= (uint64_t)(width - 1)
                    || (uint64_t)top >= (uint64_t)(height - 1)) {
                    target[i] = sample_border(
                        from, width, height, left, top, share_x, share_y, border, outside);
                    continue;
                }
                const uint32_t *upper = from + top * width + left, *lower = upper + width;
                const float4 a = widened(upper[0]), b = widened(upper[1]);
                const float4 c = widened(lower[0]), d = widened(lower[1]);
                const float4 above = a + share_x * (b - a);
                const float4 below = c + share_x * (d - c);
                target[i] = rounded(above + share_y * (below - above));
            }
        }
    }
}

// MARK: Colours

ATL_CLONES float atl_pixels_luminance(const uint32_t *pixels, int channels, int64_t count) {
    const uint8_t *bytes = (const uint8_t *)pixels;
    float sum = 0;
    for (int64_t i = 0; i < count; i += 1) {
        const uint8_t *pixel = bytes + 4 * i;
        sum += channels == 1
            ? (float)pixel[0]
            : 0.299f * (float)pixel[0] + 0.587f * (float)pixel[1] + 0.114f * (float)pixel[2];
    }
    return sum;
}

ATL_CLONES void atl_pixels_recolour(
    uint32_t *pixels, int64_t count, float scale, float shift, const float *matrix
) {
    if (!matrix) {
        const float4 once = {1, 0, 0, 0};
        for (int64_t i = 0; i < count; i += 1) {
            pixels[i] = rounded(widened(pixels[i]) * (scale * once) + shift * once);
        }
        return;
    }
    float4 red, green, blue;
    memcpy(&red, matrix, 16);
    memcpy(&green, matrix + 4, 16);
    memcpy(&blue, matrix + 8, 16);
    for (int64_t i = 0; i < count; i += 1) {
        const float4 colour = widened(pixels[i]) * scale + shift;
        pixels[i] = rounded(red * colour.x + green * colour.y + blue * colour.z);
    }
}
