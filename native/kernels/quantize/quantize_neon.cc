// Quantization with NEON, 4 values a step; tails go through the scalar definition.
#include <arm_neon.h>

#include <cstring>

#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

/// clamp(v, low, high) rounded half to even; NaN as 0.
inline int32x4_t clamp_and_round(float32x4_t v, float32x4_t low, float32x4_t high) {
  v = vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(v), vceqq_f32(v, v)));
  return vcvtnq_s32_f32(vminq_f32(vmaxq_f32(v, low), high));
}

/// Stores the low bytes of 4 values.
inline void store_bytes(uint8_t* q, int32x4_t values) {
  const uint16x4_t halves = vmovn_u32(vreinterpretq_u32_s32(values));
  const uint8x8_t bytes = vmovn_u16(vcombine_u16(halves, halves));
  const uint32_t word = vget_lane_u32(vreinterpret_u32_u8(bytes), 0);
  std::memcpy(q, &word, sizeof word);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const auto [scale, zero_point, range, streamed] = params;
  const float32x4_t divisor = vdupq_n_f32(scale);
  const float32x4_t low = vdupq_n_f32(static_cast<float>(range.low - zero_point));
  const float32x4_t high = vdupq_n_f32(static_cast<float>(range.high - zero_point));
  const int32x4_t offset = vdupq_n_s32(zero_point);
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    store_bytes(q + i, vaddq_s32(clamp_and_round(vdivq_f32(vld1q_f32(x + i), divisor), low, high), offset));
  for (; i < count; ++i) q[i] = quantize_value(x[i], scale, zero_point, range);
}

void quantize_row_of_columns(const float* x, uint8_t* q, const ColumnParams& params) {
  const auto [scale, zero_point, count, range] = params;
  const int32x4_t range_low = vdupq_n_s32(range.low), range_high = vdupq_n_s32(range.high);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const int32x4_t offset = vld1q_s32(zero_point + i);
    const float32x4_t low = vcvtq_f32_s32(vsubq_s32(range_low, offset));
    const float32x4_t high = vcvtq_f32_s32(vsubq_s32(range_high, offset));
    const float32x4_t v = vdivq_f32(vld1q_f32(x + i), vld1q_f32(scale + i));
    store_bytes(q + i, vaddq_s32(clamp_and_round(v, low, high), offset));
  }
  for (; i < count; ++i) q[i] = quantize_value(x[i], scale[i], zero_point[i], range);
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  for (size_t r = 0; r < rows; ++r) quantize_row_of_columns(x + r * params.count, q + r * params.count, params);
}

float find_absmax(const float* x, size_t count) {
  float32x4_t absmax = vdupq_n_f32(0.0f);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t magnitude = vabsq_f32(vld1q_f32(x + i));
    const uint32x4_t finite = vcleq_f32(magnitude, vdupq_n_f32(FLT_MAX));
    absmax = vmaxq_f32(absmax, vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(magnitude), finite)));
  }
  float result = vmaxvq_f32(absmax);
  for (; i < count; ++i) result = absmax_value(result, x[i]);
  return result;
}

RowResult quantize_row(const float* x, uint8_t* q, size_t count) {
  const float absmax = find_absmax(x, count), inverse = row_inverse(absmax);
  const float32x4_t factor = vdupq_n_f32(inverse), low = vdupq_n_f32(-127.0f), high = vdupq_n_f32(127.0f);
  const int32x4_t offset = vdupq_n_s32(128);
  int32x4_t sums = vdupq_n_s32(0);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const int32x4_t values = vaddq_s32(clamp_and_round(vmulq_f32(vld1q_f32(x + i), factor), low, high), offset);
    sums = vaddq_s32(sums, values);
    store_bytes(q + i, values);
  }
  uint32_t sum = static_cast<uint32_t>(vaddvq_s32(sums));
  for (; i < count; ++i) sum += q[i] = quantize_row_value(x[i], inverse);
  return {absmax, sum};
}

void quantize_rows(const FloatRows& x, const QuantizedRows& q) {
  for (size_t r = 0; r < x.rows; ++r)
    finish_row(x, q, r, quantize_row(x.first + r * x.stride, q.first + r * q.stride_bytes, x.count));
}

}  // namespace

const QuantizeKernel kQuantizeNeon = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
