#include "CPixels.h"
#include "clones.h"

#include <string.h>

// Sums fit 32 bits: 8 of a sample, 22 of a weight, 2 for what sharp filters overshoot.
typedef uint32_t sums4 __attribute__((ext_vector_type(4)));
typedef uint8_t bytes4 __attribute__((ext_vector_type(4)));

enum { ATL_BITS = 22, ATL_HALF = 1 << (ATL_BITS - 1), ATL_BLOCK = 256 };

ATL_INLINE uint8_t rounded(uint32_t sum) {
    const int32_t whole = (int32_t)sum >> ATL_BITS;
    return (uint8_t)(whole < 0 ? 0 : whole > 255 ? 255 : whole);
}

/// One output pixel, channel by channel.
ATL_INLINE void resize_plain(
    const uint8_t *pixels, int channels, const int32_t *weights, int64_t taps, uint8_t *target
) {
    for (int channel = 0; channel < channels; channel += 1) {
        uint32_t sum = ATL_HALF;
        for (int64_t tap = 0; tap < taps; tap += 1) {
            sum += (uint32_t)pixels[tap * channels + channel] * (uint32_t)weights[tap];
        }
        target[channel] = rounded(sum);
    }
}

/// One output pixel of 3 or 4 channels; four bytes are read at each tap.
ATL_INLINE void resize_wide(
    const uint8_t *pixels, int channels, const int32_t *weights, int64_t taps, uint8_t *target
) {
    sums4 sum = ATL_HALF, other = 0;
    int64_t tap = 0;
    bytes4 pixel;
    // Two sums in turn: the next product need not wait for the last.
    for (; tap + 1 < taps; tap += 2) {
        memcpy(&pixel, pixels + tap * channels, 4);
        sum += __builtin_convertvector(pixel, sums4) * (uint32_t)weights[tap];
        memcpy(&pixel, pixels + (tap + 1) * channels, 4);
        other += __builtin_convertvector(pixel, sums4) * (uint32_t)weights[tap + 1];
    }
    if (tap < taps) {
        memcpy(&pixel, pixels + tap * channels, 4);
        sum += __builtin_convertvector(pixel, sums4) * (uint32_t)weights[tap];
    }
    sum += other;
    for (int channel = 0; channel < channels; channel += 1) { target[channel] = rounded(sum[channel]); }
}

ATL_CLONES void atl_pixels_resize_row(
    const uint8_t *source, const uint8_t *end, int channels, int64_t count, const int64_t *starts,
    const int64_t *offsets, const int32_t *weights, uint8_t *target
) {
    for (int64_t i = 0; i < count; i += 1) {
        const int64_t taps = offsets[i + 1] - offsets[i];
        const uint8_t *pixels = source + starts[i] * channels;
        const int32_t *factors = weights + offsets[i];
        // The fourth byte of the very last pixel of three may lie outside.
        const int is_wide = taps > 0 && end - pixels >= (taps - 1) * channels + 4;
        switch (is_wide ? channels : -channels) {
        case 3: resize_wide(pixels, 3, factors, taps, target + 3 * i); break;
        case 4: resize_wide(pixels, 4, factors, taps, target + 4 * i); break;
        case 1: case -1: resize_plain(pixels, 1, factors, taps, target + i); break;
        case 2: case -2: resize_plain(pixels, 2, factors, taps, target + 2 * i); break;
        default: resize_plain(pixels, channels, factors, taps, target + channels * i); break;
        }
    }
}

ATL_CLONES void atl_pixels_blend_rows(
    const uint8_t *source, int64_t stride, const int32_t *weights, int64_t taps, uint8_t *target
) {
    uint32_t sums[ATL_BLOCK];
    for (int64_t first = 0; first < stride; first += ATL_BLOCK) {
        const int64_t count = stride - first < ATL_BLOCK ? stride - first : ATL_BLOCK;
        for (int64_t i = 0; i < count; i += 1) { sums[i] = ATL_HALF; }
        for (int64_t tap = 0; tap < taps; tap += 1) {
            const uint8_t *row = source + tap * stride + first;
            const uint32_t weight = (uint32_t)weights[tap];
            for (int64_t i = 0; i < count; i += 1) { sums[i] += (uint32_t)row[i] * weight; }
        }
        for (int64_t i = 0; i < count; i += 1) { target[first + i] = rounded(sums[i]); }
    }
}
