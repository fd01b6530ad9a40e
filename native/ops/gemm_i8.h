// The int8 GEMM driver: checks, zero points, staging of activations, blocking and threads around the micro-kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/pack.h"

namespace octavo {

enum class ActivationType { kUint8, kInt8, kFloat32 };

/// Zero points: none (0), one for all, or one for each row / column.
struct ZeroPoints {
  const int32_t* values = nullptr;
  size_t count = 0;  // 0, 1, or the number of rows / columns
};

/// How float32 activations become bytes on their way in. Dynamic: each row by its own absmax, symmetric.
struct InputQuantization {
  bool dynamic = true;
  bool is_signed = false;
  float scale = 1;
  int32_t zero_point = 0;
};

/// Rows of activations, [m, k], `row_stride` elements apart.
struct Activations {
  ActivationType type;
  const void* data;
  size_t m;
  size_t row_stride;
  InputQuantization quantization;  // float32 only
};

struct GemmI8Output {
  OutputType type;
  void* data;  // [m, n], contiguous
};

/// Ok if k * max|a - za| * max|b - zb| <= 2^31 - 1 and every zero point lies in its type's range, else kRange.
Status check_gemm_i8_range(ActivationType type, size_t k, ZeroPoints a, ZeroPoints b);

/// c[m,n] = (a - a_zero) · (b - b_zero), exact int32.
Status matmul_i8(const KernelSet& set, const Activations& a, const PackedInt8& b, ZeroPoints a_zero, ZeroPoints b_zero,
                 int32_t* c);

/// What the driver adds to the columns of every row: for a zero point za of the staged form,
/// -za * (column_sum[n] - k * zb[n]).
void fill_column_terms(const KernelSet& set, const PackedInt8& b, int32_t staged_zero, ZeroPoints b_zero,
                       int32_t* terms);

/// The zero point of bytes of `type` after the kernel's staging, which may shift them by 128.
int32_t staged_zero_point(const KernelSet& set, ActivationType type, int32_t zero_point);

/// Runs the kernels of `set`, whose staging the epilogue's terms are for, whatever the number of rows. With
/// column_factor the driver supplies row_sum; for dynamic quantization it supplies row_scale. Column pointers cover all
/// n, row pointers all m.
Status run_gemm_i8(const KernelSet& set, const Activations& a, const PackedInt8& b, const GemmI8Epilogue& epilogue,
                   const GemmI8Output& output);

}  // namespace octavo
