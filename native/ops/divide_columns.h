// Rows of activations divided by a scale for each of their columns.
#pragma once

#include "ops/gemm_f32.h"

namespace octavo {

/// For rows of k values: out[i, p] = x[i, p] / scale[p], [m, k] contiguous, each quotient rounded once: the same bits
/// everywhere. On all threads.
void divide_columns(const MatrixF32& x, size_t k, const float* scale, float* out);

}  // namespace octavo
