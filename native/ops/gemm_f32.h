// The float32 GEMM driver: blocking and threads around the micro-kernels.
#pragma once

#include <cstddef>

#include "core/status.h"
#include "ops/pack.h"

namespace octavo {

/// Rows of A, [m, k], `row_stride` elements apart.
struct MatrixF32 {
  const float* data;
  size_t m;
  size_t row_stride;
};

/// What follows the sums: a bias, then an activation.
struct EpilogueF32 {
  const float* bias = nullptr;  // [n], or null for none
  Activation activation;
};

/// c[m,n] = activation(a · b + bias[n]), one fma chain per output; c is contiguous.
Status matmul_f32(const KernelSet& set, const MatrixF32& a, const PackedFloat32& b, const EpilogueF32& epilogue,
                  float* c);

/// As above with b [k, n] as it lies: blocks of it are packed into this thread's cache right before their use.
Status matmul_f32_unpacked(const KernelSet& set, const MatrixF32& a, const float* b, size_t k, size_t n, float* c);

}  // namespace octavo
