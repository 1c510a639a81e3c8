#include "rows.h"

#include <string.h>

// Plain loops without branches: compilers make vector instructions of them.

static uint64_t magnitudes(const uint8_t *restrict bytes, size_t count) {
    uint64_t sum = 0;
    for (size_t start = 0; start < count; start += 1 << 16) {
        size_t end = count - start < 1 << 16 ? count : start + (1 << 16);
        uint32_t part = 0;
        for (size_t i = start; i < end; i++) {
            uint8_t byte = bytes[i], opposite = (uint8_t)-byte;
            part += byte < opposite ? byte : opposite;
        }
        sum += part;
    }
    return sum;
}

static void subtract_left(const uint8_t *restrict row, size_t count, size_t pixel,
                          uint8_t *restrict out) {
    memcpy(out, row, pixel);
    for (size_t i = pixel; i < count; i++) out[i] = (uint8_t)(row[i] - row[i - pixel]);
}

static void subtract_above(const uint8_t *restrict row, const uint8_t *restrict above, size_t count,
                           uint8_t *restrict out) {
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)(row[i] - above[i]);
}

static void subtract_mean(const uint8_t *restrict row, const uint8_t *restrict above, size_t count,
                          size_t pixel, uint8_t *restrict out) {
    for (size_t i = 0; i < pixel; i++) out[i] = (uint8_t)(row[i] - above[i] / 2);
    for (size_t i = pixel; i < count; i++)
        out[i] = (uint8_t)(row[i] - (uint8_t)(((uint16_t)row[i - pixel] + above[i]) >> 1));
}

static void subtract_paeth(const uint8_t *restrict row, const uint8_t *restrict above, size_t count,
                           size_t pixel, uint8_t *restrict out) {
    // Left of the first pixel everything is 0, and the one above is the nearest.
    for (size_t i = 0; i < pixel; i++) out[i] = (uint8_t)(row[i] - above[i]);
    for (size_t i = pixel; i < count; i++) {
        int16_t a = row[i - pixel], b = above[i], c = above[i - pixel];
        int16_t from_a = (int16_t)(b - c), from_b = (int16_t)(a - c);
        int16_t from_c = (int16_t)(from_a + from_b);
        from_a = (int16_t)(from_a < 0 ? -from_a : from_a);
        from_b = (int16_t)(from_b < 0 ? -from_b : from_b);
        from_c = (int16_t)(from_c < 0 ? -from_c : from_c);
        int16_t nearest = from_b <= from_c ? b : c;
        nearest = ((from_a <= from_b) & (from_a <= from_c)) ? a : nearest;
        out[i] = (uint8_t)(row[i] - nearest);
    }
}

void cpng_filter_row(const uint8_t *row, const uint8_t *above, size_t row_bytes, size_t pixel_bytes,
                     uint8_t *out, uint8_t *trial) {
    out[0] = 0;
    memcpy(out + 1, row, row_bytes);
    uint64_t least = magnitudes(row, row_bytes);
    for (uint8_t filter = 1; filter <= 4; filter++) {
        switch (filter) {
            case 1: subtract_left(row, row_bytes, pixel_bytes, trial); break;
            case 2: subtract_above(row, above, row_bytes, trial); break;
            case 3: subtract_mean(row, above, row_bytes, pixel_bytes, trial); break;
            default: subtract_paeth(row, above, row_bytes, pixel_bytes, trial); break;
        }
        uint64_t sum = magnitudes(trial, row_bytes);
        if (sum >= least) continue;
        least = sum;
        out[0] = filter;
        memcpy(out + 1, trial, row_bytes);
    }
}
