// The GEMM driver of float16 and bfloat16 weights.
#pragma once

#include "ops/finish_rows.h"
#include "ops/pack_f16.h"

namespace octavo {

/// c[m, n] = the product with the weights as float32, as kernels/gemm_f16/gemm_f16.h defines it, then bias, residual
/// and activation, as float32 or float16 (kRange for another type); contiguous, the same bytes on every kernel set and
/// with any number of threads, and those of matmul_f32 with the widened weights.
Status run_gemm_f16(const KernelSet& set, const MatrixF32& a, const PackedF16& b, const FloatEpilogue& epilogue,
                    const GemmI8Output& output);

/// b[n][k] = the weights as float32.
Status dequantize_f16(const KernelSet& set, const PackedF16& packed, float* b);

}  // namespace octavo
