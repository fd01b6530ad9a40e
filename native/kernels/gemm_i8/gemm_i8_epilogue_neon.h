// The int8 GEMM's epilogue on 4 columns at a time; the order of operations is that of the scalar definition.
#pragma once

#include <arm_neon.h>

#include <cstring>

#include "core/float_bits.h"
#include "kernels/activation/activation_neon.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo {
namespace {

inline int32x4_t add_corrections(const GemmI8Epilogue& e, size_t r, size_t j, int32x4_t acc) {
  if (e.column_term) acc = vaddq_s32(acc, vld1q_s32(e.column_term + j));
  if (e.row_factor) acc = vmlaq_n_s32(acc, vld1q_s32(e.column_sum + j), e.row_factor[r]);
  if (e.column_factor) acc = vmlaq_n_s32(acc, vld1q_s32(e.column_factor + j), e.row_sum[r]);
  return acc;
}

inline float32x4_t scale_and_activate(const GemmI8Epilogue& e, size_t r, size_t j, int32x4_t acc) {
  float32x4_t f = vmulq_n_f32(vcvtq_f32_s32(acc), e.row_scale[r * e.row_scale_step]);
  f = vmulq_f32(f, vld1q_f32(e.column_scale + j));
  if (e.bias) f = vaddq_f32(f, vld1q_f32(e.bias + j));
  if (e.residual) f = vaddq_f32(f, vld1q_f32(e.residual + r * e.residual_stride + j));
  return activate(e.activation, f);
}

/// The nearest float16 of 4 values; every NaN becomes the same.
inline uint16x4_t to_float16(float32x4_t f) {
  const uint16x4_t nearest = vreinterpret_u16_f16(vcvt_f16_f32(f));
  return vbsl_u16(vmovn_u32(vceqq_f32(f, f)), nearest, vdup_n_u16(kFloat16NaN));
}

/// 4 bytes in one word.
inline uint32_t to_bytes(const GemmI8Epilogue& e, float32x4_t f) {
  const float32x4_t v = clip(e.low, e.high, vmulq_n_f32(f, e.inverse_scale));
  const int32x4_t q = vaddq_s32(vcvtnq_s32_f32(v), vdupq_n_s32(e.zero_point));
  const uint16x4_t halves = vmovn_u32(vreinterpretq_u32_s32(q));
  return vget_lane_u32(vreinterpret_u32_u8(vmovn_u16(vcombine_u16(halves, halves))), 0);
}

/// Stores finished values of columns j .. j + 3 of row r, all below n; any output but int32.
inline void store_values(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, size_t j, float32x4_t f) {
  const size_t at = r * s.c_stride + j;
  if (s.output == OutputType::kFloat32) return vst1q_f32(static_cast<float*>(s.c) + at, f);
  if (s.output == OutputType::kFloat16) return vst1_u16(static_cast<uint16_t*>(s.c) + at, to_float16(f));
  const uint32_t bytes = to_bytes(e, f);
  std::memcpy(static_cast<uint8_t*>(s.c) + at, &bytes, sizeof bytes);
}

/// Finishes columns j .. j + 3 of row r, all below n.
inline void store_columns(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, size_t j, int32x4_t acc) {
  acc = add_corrections(e, r, j, acc);
  if (s.output == OutputType::kInt32) return vst1q_s32(static_cast<int32_t*>(s.c) + r * s.c_stride + j, acc);
  store_values(s, e, r, j, scale_and_activate(e, r, j, acc));
}

/// Finishes up to 4 columns from j on, those below n.
inline void store_sums(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, size_t j, int32x4_t acc) {
  if (j + 4 <= s.n) return store_columns(s, e, r, j, acc);
  int32_t sums[4];
  vst1q_s32(sums, acc);
  for (size_t i = 0; j + i < s.n; ++i) store_value_scalar(s, r, j + i, static_cast<uint32_t>(sums[i]));
}

}  // namespace
}  // namespace octavo
