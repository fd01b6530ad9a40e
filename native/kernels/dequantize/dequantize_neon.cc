// Dequantization with NEON, 8 values a step; tails go through the scalar definition.
#include <arm_neon.h>

#include "kernels/dequantize/dequantize_scalar.h"

namespace octavo {
namespace {

/// Eight bytes as int32, in two halves.
inline int32x4x2_t load_bytes(const uint8_t* q, bool is_signed) {
  const uint8x8_t bytes = vld1_u8(q);
  const int16x8_t wide = is_signed ? vmovl_s8(vreinterpret_s8_u8(bytes)) : vreinterpretq_s16_u16(vmovl_u8(bytes));
  return {{vmovl_s16(vget_low_s16(wide)), vmovl_high_s16(wide)}};
}

inline float32x4_t dequantize_four(int32x4_t q, float32x4_t scale, int32x4_t offset) {
  return vmulq_f32(vcvtq_f32_s32(vsubq_s32(q, offset)), scale);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const auto [scale, zero_point, is_signed, streamed] = params;
  const float32x4_t factor = vdupq_n_f32(scale);
  const int32x4_t offset = vdupq_n_s32(zero_point);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const int32x4x2_t values = load_bytes(q + i, is_signed);
    vst1q_f32(x + i, dequantize_four(values.val[0], factor, offset));
    vst1q_f32(x + i + 4, dequantize_four(values.val[1], factor, offset));
  }
  for (; i < count; ++i) x[i] = dequantize_value(q[i], scale, zero_point, is_signed);
}

void dequantize_row_of_columns(const uint8_t* q, float* x, const DequantizeColumns& params) {
  const auto [scale, zero_point, count, is_signed] = params;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const int32x4x2_t values = load_bytes(q + i, is_signed);
    vst1q_f32(x + i, dequantize_four(values.val[0], vld1q_f32(scale + i), vld1q_s32(zero_point + i)));
    vst1q_f32(x + i + 4, dequantize_four(values.val[1], vld1q_f32(scale + i + 4), vld1q_s32(zero_point + i + 4)));
  }
  for (; i < count; ++i) x[i] = dequantize_value(q[i], scale[i], zero_point[i], is_signed);
}

void dequantize_columns(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params) {
  for (size_t r = 0; r < rows; ++r) dequantize_row_of_columns(q + r * params.count, x + r * params.count, params);
}

}  // namespace

const DequantizeKernel kDequantizeNeon = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
