// The matrices of the Winograd transforms F(m, r): m results of r taps from t = m + r - 1 elements.
// Not public; included by `winograd_kernel.c` alone.
//
// With interpolation points a_0 ... a_(t-2) and infinity, results are
// `output ((weights w) * (input x))`. Row j of `weights` is the kernel's polynomial at a_j over
// the product of a_j's distances to the others; row j of `input` has the coefficients of the
// product of (x - a_l) over l != j; column j of `output` has the powers of a_j. Winograd,
// "Arithmetic Complexity of Computations" (1980); Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", https://arxiv.org/abs/1509.09308. The points are those of the least error among the small ones,
// measured over sums of 128 and 512 channels: (rms error over rms result) 1.3e-6 for F(4, 3), where
// 0, 1, -1, 2, -2 have 2.4e-6; 0.9e-6 for F(4, 2), where 0, 1, -1, 2 have 1.4e-6.
#pragma once

/// F(4, 3): points 0, 1/2, -1/2, 3/2, -3/2, infinity.
static const float atl_winograd_43_input[6][6] = {
    {0.5625f, 0.0f, -2.5f, 0.0f, 1.0f, 0.0f},
    {0.0f, -1.125f, -2.25f, 0.5f, 1.0f, 0.0f},
    {0.0f, 1.125f, -2.25f, -0.5f, 1.0f, 0.0f},
    {0.0f, -0.375f, -0.25f, 1.5f, 1.0f, 0.0f},
    {0.0f, 0.375f, -0.25f, -1.5f, 1.0f, 0.0f},
    {0.0f, 0.5625f, 0.0f, -2.5f, 0.0f, 1.0f},
};
static const float atl_winograd_43_output[4][6] = {
    {1.0f, 1.0f, 1.0f, 1.0f, 1.0f, 0.0f},
    {0.0f, 0.5f, -0.5f, 1.5f, -1.5f, 0.0f},
    {0.0f, 0.25f, 0.25f, 2.25f, 2.25f, 0.0f},
    {0.0f, 0.125f, -0.125f, 3.375f, -3.375f, 1.0f},
};
static const float atl_winograd_43_weights[6][3] = {
    {16.0f / 9.0f, 0.0f, 0.0f},
    {-1.0f, -0.5f, -0.25f},
    {-1.0f, 0.5f, -0.25f},
    {1.0f / 9.0f, 1.0f / 6.0f, 0.25f},
    {1.0f / 9.0f, -1.0f / 6.0f, 0.25f},
    {0.0f, 0.0f, 1.0f},
};
static const float atl_winograd_43_output_adjoint[6][4] = {
    {1.0f, 0.0f, 0.0f, 0.0f},
    {1.0f, 0.5f, 0.25f, 0.125f},
    {1.0f, -0.5f, 0.25f, -0.125f},
    {1.0f, 1.5f, 2.25f, 3.375f},
    {1.0f, -1.5f, 2.25f, -3.375f},
    {0.0f, 0.0f, 0.0f, 1.0f},
};
static const float atl_winograd_43_weights_adjoint[3][6] = {
    {16.0f / 9.0f, -1.0f, -1.0f, 1.0f / 9.0f, 1.0f / 9.0f, 0.0f},
    {0.0f, -0.5f, 0.5f, 1.0f / 6.0f, -1.0f / 6.0f, 0.0f},
    {0.0f, -0.25f, -0.25f, 0.25f, 0.25f, 1.0f},
};

/// F(2, 3): points 0, 1, -1, infinity.
static const float atl_winograd_23_input[4][4] = {
    {-1.0f, 0.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, 1.0f, 0.0f},
    {0.0f, -1.0f, 1.0f, 0.0f},
    {0.0f, -1.0f, 0.0f, 1.0f},
};
static const float atl_winograd_23_output[2][4] = {
    {1.0f, 1.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, -1.0f, 1.0f},
};
static const float atl_winograd_23_weights[4][3] = {
    {-1.0f, 0.0f, 0.0f},
    {0.5f, 0.5f, 0.5f},
    {0.5f, -0.5f, 0.5f},
    {0.0f, 0.0f, 1.0f},
};
static const float atl_winograd_23_output_adjoint[4][2] = {
    {1.0f, 0.0f},
    {1.0f, 1.0f},
    {1.0f, -1.0f},
    {0.0f, 1.0f},
};
static const float atl_winograd_23_weights_adjoint[3][4] = {
    {-1.0f, 0.5f, 0.5f, 0.0f},
    {0.0f, 0.5f, -0.5f, 0.0f},
    {0.0f, 0.5f, 0.5f, 1.0f},
};

/// F(4, 2): points 0, 1/2, -1, 2, infinity.
static const float atl_winograd_42_input[5][5] = {
    {1.0f, -1.5f, -1.5f, 1.0f, 0.0f},
    {0.0f, -2.0f, -1.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, -2.5f, 1.0f, 0.0f},
    {0.0f, -0.5f, 0.5f, 1.0f, 0.0f},
    {0.0f, 1.0f, -1.5f, -1.5f, 1.0f},
};
static const float atl_winograd_42_output[4][5] = {
    {1.0f, 1.0f, 1.0f, 1.0f, 0.0f},
    {0.0f, 0.5f, -1.0f, 2.0f, 0.0f},
    {0.0f, 0.25f, 1.0f, 4.0f, 0.0f},
    {0.0f, 0.125f, -1.0f, 8.0f, 1.0f},
};
static const float atl_winograd_42_weights[5][2] = {
    {1.0f, 0.0f},
    {-8.0f / 9.0f, -4.0f / 9.0f},
    {-2.0f / 9.0f, 2.0f / 9.0f},
    {1.0f / 9.0f, 2.0f / 9.0f},
    {0.0f, 1.0f},
};
static const float atl_winograd_42_output_adjoint[5][4] = {
    {1.0f, 0.0f, 0.0f, 0.0f},
    {1.0f, 0.5f, 0.25f, 0.125f},
    {1.0f, -1.0f, 1.0f, -1.0f},
    {1.0f, 2.0f, 4.0f, 8.0f},
    {0.0f, 0.0f, 0.0f, 1.0f},
};
static const float atl_winograd_42_weights_adjoint[2][5] = {
    {1.0f, -8.0f / 9.0f, -2.0f / 9.0f, 1.0f / 9.0f, 0.0f},
    {0.0f, -4.0f / 9.0f, 2.0f / 9.0f, 2.0f / 9.0f, 1.0f},
};

/// F(2, 2): points 0, 1, infinity.
static const float atl_winograd_22_input[3][3] = {
    {-1.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, 0.0f},
    {0.0f, -1.0f, 1.0f},
};
static const float atl_winograd_22_output[2][3] = {
    {1.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, 1.0f},
};
static const float atl_winograd_22_weights[3][2] = {
    {-1.0f, 0.0f},
    {1.0f, 1.0f},
    {0.0f, 1.0f},
};
static const float atl_winograd_22_output_adjoint[3][2] = {
    {1.0f, 0.0f},
    {1.0f, 1.0f},
    {0.0f, 1.0f},
};
static const float atl_winograd_22_weights_adjoint[2][3] = {
    {-1.0f, 1.0f, 0.0f},
    {0.0f, 1.0f, 1.0f},
};
