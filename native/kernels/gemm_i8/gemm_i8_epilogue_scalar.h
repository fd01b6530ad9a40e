// The definition of the int8 GEMM's epilogue, one value at a time.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/anywhere.h"
#include "core/float_bits.h"
#include "kernels/activation/activation_scalar.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {
namespace {

/// Stores a scaled value of row r and column j of a strip: what the epilogue does from the bias on.
OCTAVO_ANYWHERE inline void finish_value_scalar(const GemmI8Strip& s, size_t r, size_t j, float f) {
  const GemmI8Epilogue& e = *s.epilogue;
  const size_t at = r * s.c_stride + j;
  if (e.bias) f = f + e.bias[j];
  if (e.residual) f = f + e.residual[r * e.residual_stride + j];
  f = activate(e.activation, f);
  if (s.output == OutputType::kFloat32) {
    static_cast<float*>(s.c)[at] = f;
    return;
  }
  if (s.output == OutputType::kFloat16) {
    static_cast<uint16_t*>(s.c)[at] = to_float16(f);
    return;
  }
  float v = f * e.inverse_scale;
  v = v > e.low ? v : e.low;
  v = v < e.high ? v : e.high;
  const int32_t q = static_cast<int32_t>(std::nearbyintf(v)) + e.zero_point;
  static_cast<uint8_t*>(s.c)[at] = static_cast<uint8_t>(q);
}

/// Stores the finished accumulator of row r and column j of a strip.
OCTAVO_ANYWHERE inline void store_value_scalar(const GemmI8Strip& s, size_t r, size_t j, uint32_t acc) {
  const GemmI8Epilogue& e = *s.epilogue;
  if (e.column_term) acc += static_cast<uint32_t>(e.column_term[j]);
  if (e.row_factor) acc += static_cast<uint32_t>(e.row_factor[r]) * static_cast<uint32_t>(e.column_sum[j]);
  if (e.column_factor) acc += static_cast<uint32_t>(e.row_sum[r]) * static_cast<uint32_t>(e.column_factor[j]);
  if (s.output == OutputType::kInt32) {
    static_cast<int32_t*>(s.c)[r * s.c_stride + j] = static_cast<int32_t>(acc);
    return;
  }
  float f = static_cast<float>(static_cast<int32_t>(acc));
  f = f * e.row_scale[r * e.row_scale_step];
  finish_value_scalar(s, r, j, f * e.column_scale[j]);
}

}  // namespace
}  // namespace octavo
