// Quantization with NEON, 16 values a step; tails go through the scalar definition.
#include <arm_neon.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/quantize/quantize_fixed_scalar.h"
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

/// The definition, 4 values a step.
void divide_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const auto [scale, zero_point, range, streamed] = params;
  const float32x4_t divisor = vdupq_n_f32(scale);
  const float32x4_t low = vdupq_n_f32(static_cast<float>(range.low - zero_point));
  const float32x4_t high = vdupq_n_f32(static_cast<float>(range.high - zero_point));
  const int32x4_t offset = vdupq_n_s32(zero_point);
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    store_bytes(q + i, vaddq_s32(clamp_and_round(vdivq_f32(vld1q_f32(x + i), divisor), low, high), offset));
  for (size_t left = count % 4; left > 0; --left, ++i) q[i] = quantize_value(x[i], scale, zero_point, range);
}

void divide_columns(const float* x, uint8_t* q, const ColumnParams& params) {
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
  for (size_t left = count % 4; left > 0; --left, ++i) q[i] = quantize_value(x[i], scale[i], zero_point[i], range);
}

constexpr size_t kBlock = 16;

/// Quantizes 16 values; false if they must be divided. `factor(u)` and `offset(u)` give the vectors of parameters. What
/// leaves int32 upwards saturates, as it must; what does so downwards, and NaN, has the fraction 0.
template <bool kSigned, typename Factor, typename Offset>
OCTAVO_INLINE bool quantize_block(const float* x, uint8_t* q, const Factor& factor, const Offset& offset) {
  uint16x8_t fixed[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    fixed[u] = vreinterpretq_u16_s32(vcvtnq_s32_f32(vfmaq_f32(offset(u), vld1q_f32(x + 4 * u), factor(u))));
  });
  const uint16x8_t fraction = vminq_u16(vuzp1q_u16(fixed[0], fixed[1]), vuzp1q_u16(fixed[2], fixed[3]));
  const int16x8_t first = vreinterpretq_s16_u16(vuzp2q_u16(fixed[0], fixed[1]));
  const int16x8_t second = vreinterpretq_s16_u16(vuzp2q_u16(fixed[2], fixed[3]));
  vst1q_u8(q, kSigned ? vreinterpretq_u8_s8(vqmovn_high_s16(vqmovn_s16(first), second))
                      : vqmovun_high_s16(vqmovun_s16(first), second));
  return vminvq_u16(fraction) >= 2 * kDoubt;
}

template <bool kSigned>
void quantize_blocks(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const float32x4_t factor = vdupq_n_f32(fixed_factor(params.scale));
  const float32x4_t offset = vdupq_n_f32(fixed_offset(params.zero_point));
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    const bool done = quantize_block<kSigned>(
        x + i, q + i, [&](auto) OCTAVO_INLINE_LAMBDA { return factor; },
        [&](auto) OCTAVO_INLINE_LAMBDA { return offset; });
    if (!done) divide_uniform(x + i, q + i, kBlock, params);
  }
  divide_uniform(x + i, q + i, count - i, params);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  if (!is_whole_type(params.range)) return divide_uniform(x, q, count, params);
  (params.range.low < 0 ? quantize_blocks<true> : quantize_blocks<false>)(x, q, count, params);
}

/// Some columns of one row; what is left of whole blocks is divided.
template <bool kSigned>
void quantize_row_of_columns(const float* x, uint8_t* q, const FixedColumns& columns, const ColumnParams& params) {
  const auto divide = [&](size_t i, size_t count) {
    const size_t c = columns.first + i;
    divide_columns(x + i, q + i, {params.scale + c, params.zero_point + c, count, params.range});
  };
  size_t i = 0;
  for (; i + kBlock <= columns.count; i += kBlock) {
    const bool done = quantize_block<kSigned>(
        x + i, q + i, [&](auto u) OCTAVO_INLINE_LAMBDA { return vld1q_f32(columns.factor + i + 4 * u); },
        [&](auto u) OCTAVO_INLINE_LAMBDA { return vld1q_f32(columns.offset + i + 4 * u); });
    if (!done) divide(i, kBlock);
  }
  divide(i, columns.count - i);
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  if (!is_whole_type(params.range)) {
    for (size_t r = 0; r < rows; ++r) divide_columns(x + r * params.count, q + r * params.count, params);
    return;
  }
  const auto quantize_row = params.range.low < 0 ? quantize_row_of_columns<true> : quantize_row_of_columns<false>;
  FixedColumns columns;
  while (columns.next(params))
    for (size_t r = 0; r < rows; ++r) {
      const size_t at = r * params.count + columns.first;
      quantize_row(x + at, q + at, columns, params);
    }
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

/// The largest magnitude as bits; those of what is not finite are above those of all that is.
uint32_t largest_magnitude_bits(const float* x, size_t count) {
  uint32x4_t largest[4] = {vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0), vdupq_n_u32(0)};
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock)
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      largest[u] = vmaxq_u32(largest[u], vreinterpretq_u32_f32(vabsq_f32(vld1q_f32(x + i + 4 * u))));
    });
  uint32_t result = vmaxvq_u32(vmaxq_u32(vmaxq_u32(largest[0], largest[1]), vmaxq_u32(largest[2], largest[3])));
  for (; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    result = bits > result ? bits : result;
  }
  return result;
}

/// The end of a row, from value i on, and all of one that holds infinities or NaN.
RowResult quantize_rest(const float* x, uint8_t* q, size_t count, size_t i, RowResult before) {
  const float inverse = row_inverse(before.absmax);
  const float32x4_t factor = vdupq_n_f32(inverse), low = vdupq_n_f32(-127.0f), high = vdupq_n_f32(127.0f);
  const int32x4_t offset = vdupq_n_s32(128);
  int32x4_t sums = vdupq_n_s32(0);
  for (; i + 4 <= count; i += 4) {
    const int32x4_t values = vaddq_s32(clamp_and_round(vmulq_f32(vld1q_f32(x + i), factor), low, high), offset);
    sums = vaddq_s32(sums, values);
    store_bytes(q + i, values);
  }
  uint32_t sum = before.sum + static_cast<uint32_t>(vaddvq_s32(sums));
  for (; i < count; ++i) sum += q[i] = quantize_row_value(x[i], inverse);
  return {before.absmax, sum};
}

RowResult quantize_row(const float* x, uint8_t* q, size_t count) {
  const uint32_t bits = largest_magnitude_bits(x, count);
  if (bits >= kInfinityBits) return quantize_rest(x, q, count, 0, {find_absmax(x, count), 0});
  float absmax;
  std::memcpy(&absmax, &bits, sizeof absmax);
  // Finite values times the inverse are within 127 and one rounding: nothing is left to clamp.
  const float32x4_t inverse = vdupq_n_f32(row_inverse(absmax));
  uint32x4_t sums = vdupq_n_u32(0);
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    int32x4_t values[4];
    unroll<4>([&](auto u)
                  OCTAVO_INLINE_LAMBDA { values[u] = vcvtnq_s32_f32(vmulq_f32(vld1q_f32(x + i + 4 * u), inverse)); });
    const int16x8_t first = vmovn_high_s32(vmovn_s32(values[0]), values[1]);
    const int16x8_t second = vmovn_high_s32(vmovn_s32(values[2]), values[3]);
    const uint8x16_t bytes = veorq_u8(vreinterpretq_u8_s8(vmovn_high_s16(vmovn_s16(first), second)), vdupq_n_u8(0x80));
    sums = vpadalq_u16(sums, vpaddlq_u8(bytes));
    vst1q_u8(q + i, bytes);
  }
  return quantize_rest(x, q, count, i, {absmax, vaddvq_u32(sums)});
}

void quantize_rows(const FloatRows& x, const QuantizedRows& q) {
  for (size_t r = 0; r < x.rows; ++r)
    finish_row(x, q, r, quantize_row(x.first + r * x.stride, q.first + r * q.stride_bytes, x.count));
}

}  // namespace

const QuantizeKernel kQuantizeNeon = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
