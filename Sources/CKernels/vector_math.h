// Elementary functions in float lanes, written without branches so that loops over them vectorise.
//
// Polynomials are weighted minimax fits made for this file; the error bounds named beside each
// function were measured over the floats by the tests. Every operation rounds once (the target is
// compiled without contraction), so that the bits are the same at every vector width.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#define ATL_INLINE static inline __attribute__((always_inline))

ATL_INLINE uint32_t atl_bits(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

ATL_INLINE float atl_float(uint32_t u) {
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/// e^x, below 1 ulp; subnormal results are rounded twice.
ATL_INLINE float atl_exp(float x) {
    x = x > 90.0f ? 90.0f : x;      // comparisons are false for NaN: it passes through
    x = x < -105.0f ? -105.0f : x;
    const float magic = 0x1.8p23f;  // adding it rounds to an integer in the low bits
    float shifted = x * 0x1.715476p+0f + magic;
    float n = shifted - magic;
    float r = x - n * 0x1.62ep-1f;  // ln 2 in two parts; the first has 12 bits, n * first is exact
    r = r - n * 0x1.0bfbe8p-15f;
    // Pairs of terms side by side: half as long a chain of dependent operations as Horner's.
    float square = r * r;
    float q = (0.5f + 1.6666512e-1f * r)
        + square * ((4.1666187e-2f + 8.369599e-3f * r) + square * 1.3951717e-3f);
    float y = 1.0f + (r + square * q);
    // 2^n in two factors, so that both are normal where the product overflows or underflows.
    int32_t k = (int32_t)(atl_bits(shifted) - atl_bits(magic));
    int32_t half = k >> 1;
    float first = atl_float((uint32_t)(half + 127) << 23);
    float second = atl_float((uint32_t)(k - half + 127) << 23);
    return y * first * second;
}

/// The natural logarithm, below 1 ulp.
ATL_INLINE float atl_log(float x) {
    uint32_t is_subnormal = x < 0x1p-126f;
    float scaled = is_subnormal ? x * 0x1p25f : x;
    uint32_t bits = atl_bits(scaled);
    // Exponent such that the mantissa lies in [2/3, 4/3).
    int32_t e = (int32_t)(bits - 0x3f2aaaabu) >> 23;
    float f = atl_float(bits - ((uint32_t)e << 23)) - 1.0f;
    float n = (float)(e - (is_subnormal ? 25 : 0));
    float square = f * f;
    float fourth = square * square;
    float p = ((3.333334e-1f - 2.4999815e-1f * f) + square * (1.9999288e-1f - 1.6679873e-1f * f))
        + fourth * (((1.4313379e-1f - 1.2191163e-1f * f)
                     + square * (1.065521e-1f - 1.2867393e-1f * f))
                    + fourth * 1.23817764e-1f);
    float tail = f * square * p;
    tail = tail + n * -2.12194440e-4f;
    tail = tail - 0.5f * square;
    float y = (f + tail) + n * 0.693359375f;
    y = x < INFINITY ? y : x;                       // infinity and NaN
    y = x == 0.0f ? -INFINITY : y;
    return x < 0.0f ? NAN : y;
}

/// log(1 + x) for 0 <= x <= 1: the rounding error of 1 + x is put back to first order.
ATL_INLINE float atl_log1p_unit(float x) {
    float u = 1.0f + x;
    return atl_log(u) + (x - (u - 1.0f)) / u;
}

/// The hyperbolic tangent, below 2 ulp.
ATL_INLINE float atl_tanh(float x) {
    float magnitude = fabsf(x);
    float z = x * x;
    float p = (-3.333333e-1f + 1.333321e-1f * z)
        + (z * z) * ((-5.3947203e-2f + 2.1702968e-2f * z)
                     + (z * z) * (-8.182674e-3f + 2.147537e-3f * z));
    float small = magnitude + magnitude * (z * p);
    float large = 1.0f - 2.0f / (atl_exp(2.0f * magnitude) + 1.0f);
    return copysignf(magnitude < 0.625f ? small : large, x);
}

/// 1 / (1 + e^-x), below 2 ulp.
ATL_INLINE float atl_sigmoid(float x) {
    float e = atl_exp(-fabsf(x));
    return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/// log(1 + e^x), below 3 ulp.
ATL_INLINE float atl_softplus(float x) {
    float rest = atl_log1p_unit(atl_exp(-fabsf(x)));
    return (x < 0.0f ? 0.0f : x) + rest;
}

/// The error function, below 2 ulp.
ATL_INLINE float atl_erf(float x) {
    float magnitude = fabsf(x);
    float z = x * x;
    float zz = z * z;
    float p = (1.2837917e-1f - 3.7612635e-1f * z)
        + zz * ((1.1283694e-1f - 2.685927e-2f * z)
                + zz * ((5.2006342e-3f - 8.137436e-4f * z) + zz * 8.3452214e-5f));
    float small = x + x * p;
    // 1 - e^-g(t), g = -log erfc; erf is 1 in float from 3.92 on.
    float t = magnitude > 4.0f ? 4.0f : magnitude;
    float tt = t * t;
    float q = (1.2865217e-1f + 6.351359e-1f * t)
        + tt * ((1.0626316e-1f - 2.378536e-2f * t)
                + tt * ((3.6537705e-3f - 3.2565437e-4f * t) + tt * 1.1522464e-5f));
    float large = copysignf(1.0f - atl_exp(-(t + t * q)), x);
    return magnitude < 0.93f ? small : large;
}

/// sin x (quarter = 0) or cos x (quarter = 1) for |x| < 1e4, in double inside: below 1 ulp.
ATL_INLINE float atl_circular(float x, int32_t quarter) {
    double wide = (double)x;
    const double magic = 0x1.8p52;
    double shifted = wide * 0x1.45f306dc9c883p-1 + magic;
    double n = shifted - magic;
    double r = wide - n * 0x1.921fb544p+0;          // pi / 2: 33 bits, then the rest
    r = r - n * 0x1.0b4611a626331p-34;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    uint64_t k = bits + (uint64_t)quarter;
    double z = r * r;
    double s = 2.718121752475187e-06;
    s = s * z - 0.0001983931511900222;
    s = s * z + 0.008333329325326714;
    s = s * z - 0.16666666641112507;
    s = r * (1.0 + z * s);
    double c = -2.7208475002277514e-07;
    c = c * z + 2.479949891112382e-05;
    c = c * z - 0.0013888883674498902;
    c = c * z + 0.04166666662192676;
    c = (1.0 - 0.5 * z) + z * z * c;
    double y = (k & 1) ? c : s;
    return (float)((k & 2) ? -y : y);
}

/// Rounds to the nearest bfloat16, ties to even; NaN stays NaN.
ATL_INLINE uint32_t atl_bf16_bits(float x) {
    uint32_t u = atl_bits(x);
    uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    return (x != x) ? ((u >> 16) | 0x40u) : rounded;
}

/// Toward zero, saturating; NaN gives 0.
ATL_INLINE int32_t atl_to_int(float x) {
    float y = x > 2147483520.0f ? 2147483520.0f : x;
    y = y < -2147483648.0f ? -2147483648.0f : y;
    y = x != x ? 0.0f : y;
    int32_t i = (int32_t)y;
    return x >= 2147483648.0f ? INT32_MAX : i;
}
