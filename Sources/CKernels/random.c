#include "atl_movement.h"
#include "movement_internal.h"

#define TILE_BLOCKS 128
#define TILE_WORDS (2 * TILE_BLOCKS)

// MARK: Threefry-2x32-20 (Salmon et al. 2011)

ATL_INLINE uint32_t rotate(uint32_t x, int by) { return (x << by) | (x >> (32 - by)); }

#define ROUND(by) \
    do { \
        x0 += x1; \
        x1 = rotate(x1, by) ^ x0; \
    } while (0)

/// The words of the blocks `block ..< block + TILE_BLOCKS`.
ATL_INLINE void fill_tile(const int32_t key[2], uint64_t block, uint32_t words[TILE_WORDS]) {
    const uint32_t k0 = (uint32_t)key[0], k1 = (uint32_t)key[1], k2 = k0 ^ k1 ^ 0x1BD11BDAu;
    const uint32_t low = (uint32_t)block, high = (uint32_t)(block >> 32);
    for (uint32_t i = 0; i < TILE_BLOCKS; i += 1) {
        uint32_t counter = low + i;
        uint32_t x0 = counter + k0, x1 = high + (counter < low) + k1;
        ROUND(13); ROUND(15); ROUND(26); ROUND(6);
        x0 += k1; x1 += k2 + 1;
        ROUND(17); ROUND(29); ROUND(16); ROUND(24);
        x0 += k2; x1 += k0 + 2;
        ROUND(13); ROUND(15); ROUND(26); ROUND(6);
        x0 += k0; x1 += k1 + 3;
        ROUND(17); ROUND(29); ROUND(16); ROUND(24);
        x0 += k1; x1 += k2 + 4;
        ROUND(13); ROUND(15); ROUND(26); ROUND(6);
        words[2 * i] = x0 + k2;
        words[2 * i + 1] = x1 + k0 + 5;
    }
}

// MARK: From words to numbers

/// log(t) for 2^-126 <= t <= 1: t = 2^e m with m in [sqrt(1/2), sqrt(2)), and
/// log(m) = 2 atanh(s), s = (m - 1) / (m + 1), by its series; the first term left out is 2e-9 of
/// the whole.
ATL_INLINE float natural_log(float t) {
    uint32_t bits;
    memcpy(&bits, &t, 4);
    uint32_t offset = bits - 0x3F3504F3u;    // sqrt(1/2)
    int32_t exponent = (int32_t)offset >> 23;
    bits = (offset & 0x007FFFFFu) + 0x3F3504F3u;
    float m;
    memcpy(&m, &bits, 4);
    float s = (m - 1.0f) / (m + 1.0f);
    float q = s * s;
    float series = ((0.22222222f * q + 0.2857143f) * q + 0.4f) * q + 0.6666667f;
    return (float)exponent * 0.6931472f + (s * q * series + 2.0f * s);
}

/// The standard normal number of a word: Giles' polynomials, both computed in one Horner scheme
/// with the coefficients chosen by the region.
ATL_INLINE float normal_from_word(uint32_t word) {
    // u is an odd multiple of 2^-24 on (-1, 1): exact, as is 1 - |u|.
    int32_t odd = (int32_t)((word >> 8) * 2 + 1) - (1 << 24);
    float u = (float)odd * 0x1p-24f;
    float a = u < 0 ? -u : u;
    float w = -natural_log((1.0f - a) * (1.0f + a));
    int central = w < 5.0f;
    float z = central ? w - 2.5f : __builtin_sqrtf(w) - 3.0f;
    float p = central ? 2.81022636e-08f : -0.000200214257f;
    p = p * z + (central ? 3.43273939e-07f : 0.000100950558f);
    p = p * z + (central ? -3.5233877e-06f : 0.00134934322f);
    p = p * z + (central ? -4.39150654e-06f : -0.00367342844f);
    p = p * z + (central ? 0.00021858087f : 0.00573950773f);
    p = p * z + (central ? -0.00125372503f : -0.0076224613f);
    p = p * z + (central ? -0.00417768164f : 0.00943887047f);
    p = p * z + (central ? 0.246640727f : 1.00167406f);
    p = p * z + (central ? 1.50140941f : 2.83297682f);
    return p * u * 1.41421356f;
}

ATL_INLINE void convert_bits(const uint32_t *words, void *dst, int64_t count) {
    memcpy(dst, words, (size_t)count * 4);
}

ATL_INLINE void convert_uniform(const uint32_t *words, void *dst, int64_t count) {
    float *numbers = dst;
    for (int64_t i = 0; i < count; i += 1) {
        numbers[i] = (float)(int32_t)(words[i] >> 8) * 0x1p-24f;
    }
}

ATL_INLINE void convert_normal(const uint32_t *words, void *dst, int64_t count) {
    float *numbers = dst;
    for (int64_t i = 0; i < count; i += 1) { numbers[i] = normal_from_word(words[i]); }
}

// MARK: Streams

typedef struct {
    const int32_t *key;
    uint64_t first;
    int64_t count;
    char *dst;
} stream_job;

#define DEFINE_STREAM(NAME) \
    ATL_VERSIONED static void stream_##NAME(const stream_job *job, int64_t from, int64_t to) { \
        uint32_t words[TILE_WORDS]; \
        for (int64_t at = from; at < to;) { \
            uint64_t index = job->first + (uint64_t)at; \
            int64_t skip = (int64_t)(index & 1); \
            int64_t count = atl_min(to - at, TILE_WORDS - skip); \
            fill_tile(job->key, index >> 1, words); \
            convert_##NAME(words + skip, job->dst + at * 4, count); \
            at += count; \
        } \
    } \
    static void body_##NAME(void *context, int thread, int thread_count) { \
        const stream_job *job = context; \
        stream_##NAME( \
            job, atl_share(job->count, thread, thread_count), \
            atl_share(job->count, thread + 1, thread_count)); \
    } \
    static void run_##NAME( \
        const int32_t key[2], uint64_t first, int64_t count, void *dst, int thread_count) { \
        stream_job job = {key, first, count, dst}; \
        atl_parallel(atl_team_size(thread_count, count, count * 8), body_##NAME, &job); \
    }

DEFINE_STREAM(bits)
DEFINE_STREAM(uniform)
DEFINE_STREAM(normal)

void atl_random_bits(
    const int32_t key[2], uint64_t first, int64_t count, int32_t *dst, int thread_count) {
    run_bits(key, first, count, dst, thread_count);
}

void atl_random_uniform(
    const int32_t key[2], uint64_t first, int64_t count, float *dst, int thread_count) {
    run_uniform(key, first, count, dst, thread_count);
}

void atl_random_normal(
    const int32_t key[2], uint64_t first, int64_t count, float *dst, int thread_count) {
    run_normal(key, first, count, dst, thread_count);
}

void atl_random_permutation(const int32_t key[2], int64_t count, int32_t *dst) {
    for (int64_t i = 0; i < count; i += 1) { dst[i] = (int32_t)i; }
    int32_t words[TILE_WORDS];
    for (int64_t drawn = 0; drawn < count - 1; drawn += 1) {
        if (drawn % TILE_WORDS == 0) {
            atl_random_bits(key, (uint64_t)drawn, TILE_WORDS, words, 1);
        }
        int64_t last = count - 1 - drawn;
        uint64_t word = (uint32_t)words[drawn % TILE_WORDS];
        int64_t other = (int64_t)((word * (uint64_t)(last + 1)) >> 32);
        int32_t held = dst[last];
        dst[last] = dst[other];
        dst[other] = held;
    }
}
