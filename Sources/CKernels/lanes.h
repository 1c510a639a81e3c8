// Vectors of LANES floats over neighbouring channels. Included once for each width, with LANES
// defined: 1, 2, 3, 4, 8, 16. Channels are done in blocks of LANES; the last block is moved back to
// end with the last channel, so that some channels are done twice and no remainder is left. The
// width changes no result: lanes are independent.

#ifndef ATL_LANES_NAMES
#define ATL_LANES_NAMES
// How vectors are passed does not matter: everything here is inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#define JOIN2(a, b) a##_##b
#define JOIN(a, b) JOIN2(a, b)
#define FN(name) JOIN(name, LANES)
/// Calls the version of a function with the widest vector that the channels fill.
#define BY_WIDTH(channels, name, ...) \
    do { \
        if ((channels) >= 16) { \
            JOIN2(name, 16)(__VA_ARGS__); \
        } else if ((channels) >= 8) { \
            JOIN2(name, 8)(__VA_ARGS__); \
        } else if ((channels) >= 4) { \
            JOIN2(name, 4)(__VA_ARGS__); \
        } else if ((channels) == 3) { \
            JOIN2(name, 3)(__VA_ARGS__); \
        } else if ((channels) == 2) { \
            JOIN2(name, 2)(__VA_ARGS__); \
        } else { \
            JOIN2(name, 1)(__VA_ARGS__); \
        } \
    } while (0)
#endif

typedef float FN(floats) __attribute__((ext_vector_type(LANES)));
typedef int32_t FN(ints) __attribute__((ext_vector_type(LANES)));

#define V FN(floats)
#define I FN(ints)

ATL_INLINE V FN(load)(const float *from) {
    V v;
    memcpy(&v, from, LANES * 4);
    return v;
}

ATL_INLINE void FN(store)(float *to, V v) { memcpy(to, &v, LANES * 4); }

/// Lane by lane `a` where the mask is all ones, `b` where it is 0.
ATL_INLINE V FN(choose)(I mask, V a, V b) {
    I x, y;
    memcpy(&x, &a, LANES * 4);
    memcpy(&y, &b, LANES * 4);
    x = (x & mask) | (y & ~mask);
    memcpy(&a, &x, LANES * 4);
    return a;
}

/// Where `x` takes the place of `best`: larger, or the first NaN.
ATL_INLINE I FN(beats)(V x, V best) { return ~(x <= best) & (best == best); }
