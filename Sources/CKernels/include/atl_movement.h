// Kernels that move, sample or draw elements, where a fused chain does not reach.
#pragma once
#include <stdint.h>
