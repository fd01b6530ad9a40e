// The GEMM driver of 4-bit codebook weights.
#pragma once

#include "ops/finish_rows.h"
#include "ops/pack_lut4.h"

namespace octavo {

/// c[m, n] as kernels/gemm_lut4/gemm_lut4.h defines it, then bias, residual and activation, as float32 or float16
/// (kRange for another type); contiguous, the same bytes on every kernel set and with any number of threads.
Status run_gemm_lut4(const KernelSet& set, const MatrixF32& a, const PackedLut4& b, const FloatEpilogue& epilogue,
                     const GemmI8Output& output);

/// b[n][k] = table[code] * absmax, each product rounded to float32 once.
Status dequantize_lut4(const KernelSet& set, const PackedLut4& packed, float* b);

}  // namespace octavo
