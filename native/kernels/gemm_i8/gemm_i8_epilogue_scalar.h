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

/// The finished accumulator of row r and column j.
OCTAVO_ANYWHERE inline uint32_t with_terms_scalar(const GemmI8Epilogue& e, size_t r, size_t j, uint32_t acc) {
  if (e.column_term) acc += static_cast<uint32_t>(e.column_term[j]);
  if (e.row_factor) acc += static_cast<uint32_t>(e.row_factor[r]) * static_cast<uint32_t>(e.column_sum[j]);
  if (e.column_factor) acc += static_cast<uint32_t>(e.row_sum[r]) * static_cast<uint32_t>(e.column_factor[j]);
  return acc;
}

OCTAVO_ANYWHERE inline float scaled_scalar(uint32_t acc, float row_scale, float column_scale) {
  return static_cast<float>(static_cast<int32_t>(acc)) * row_scale * column_scale;
}

/// A value in units of an 8-bit output, within the output's limits but not rounded.
OCTAVO_ANYWHERE inline float limited_scalar(const GemmI8Epilogue& e, float f) {
  float v = f * e.inverse_scale;
  v = v > e.low ? v : e.low;
  return v < e.high ? v : e.high;
}

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
  const int32_t q = static_cast<int32_t>(std::nearbyintf(limited_scalar(e, f))) + e.zero_point;
  static_cast<uint8_t*>(s.c)[at] = static_cast<uint8_t>(q);
}

/// Stores the accumulator of row r and column j of a strip.
OCTAVO_ANYWHERE inline void store_value_scalar(const GemmI8Strip& s, size_t r, size_t j, uint32_t acc) {
  const GemmI8Epilogue& e = *s.epilogue;
  acc = with_terms_scalar(e, r, j, acc);
  if (s.output == OutputType::kInt32) {
    static_cast<int32_t*>(s.c)[r * s.c_stride + j] = static_cast<int32_t>(acc);
    return;
  }
  finish_value_scalar(s, r, j, scaled_scalar(acc, e.row_scale[r * e.row_scale_step], e.column_scale[j]));
}

}  // namespace
}  // namespace octavo
