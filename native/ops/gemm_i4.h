// The int4 GEMM driver: staging of activations as int8, the sums that zero points need, blocking and threads around the
// micro-kernels.
#pragma once

#include "ops/gemm_i8.h"
#include "ops/pack_int4.h"

namespace octavo {

/// c[m, n] as kernels/gemm_i4/gemm_i4.h defines it, of type float32, float16, int8 or uint8; the same bytes on every
/// kernel set and with any number of threads.
///
/// Activations are int8, whose scales are the epilogue's row_scale, or float32, quantized row by row to -127 .. 127 by
/// their largest magnitude; then the driver supplies row_scale. Anything else is kRange.
Status run_gemm_i4(const KernelSet& set, const Activations& a, const PackedInt4& b, const GemmI8Epilogue& epilogue,
                   const GemmI8Output& output);

}  // namespace octavo
