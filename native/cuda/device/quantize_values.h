// float32 to bytes and back, kernels/quantize/quantize.h and kernels/dequantize/dequantize.h: bit for bit what their
// definitions give, with fewer instructions.
#pragma once

#include <cmath>

#include "core/float_bits.h"
#include "cuda/device/quantize_operands.h"
#include "cuda/device/rounding.h"
#include "cuda/device/simt_instructions.h"
#include "cuda/device/unit_access.h"
#include "kernels/quantize/quantize_scalar.h"

namespace octavo::device {

OCTAVO_DEVICE float scale_of(const ChannelScales& params, size_t channel) {
  return params.scale == nullptr ? params.one_scale : params.scale[channel];
}
OCTAVO_DEVICE int32_t zero_point_of(const ChannelScales& params, size_t channel) {
  return params.scale == nullptr ? params.one_zero_point : params.zero_point[channel];
}

/// Values of one channel to bytes.
///
/// The quotient x / scale comes from p = x * inverse, whose error is below 1.5 units of its last place, by one step of
/// Newton: p + (x - p * scale) * inverse, in which the remainder is exact, so that before its rounding it is off by at
/// most 1.5 * 2^-24 units. That could round otherwise than the quotient does only where this is as close to the middle
/// of two floats, and then change the byte only where one of these is k + 1/2. For no scale it does: of all mantissas
/// and all k up to 255 the values next to such a quotient were tried (2^33 and more). Values are held within the bytes'
/// range first, which no rounding leaves: scale times an integer, divided again, rounds to that integer.
class Quantizer {
 public:
  using Operands = QuantizeOperands;
  using From = Float4;
  using To = Byte4;

  Quantizer() = default;
  OCTAVO_DEVICE Quantizer(const QuantizeOperands& o, size_t channel)
      : scale_(scale_of(o.params, channel)), zero_point_(zero_point_of(o.params, channel)) {
    inverse_ = 1.0f / scale_;
    low_ = static_cast<float>(o.range.low - zero_point_) * scale_;
    high_ = static_cast<float>(o.range.high - zero_point_) * scale_;
  }
  static OCTAVO_DEVICE const float* from(const QuantizeOperands& o) { return o.x; }
  static OCTAVO_DEVICE uint8_t* to(const QuantizeOperands& o) { return o.q; }

  /// A unit; value i is of the channel that of[i * kStep] is for.
  template <int kStep>
  static OCTAVO_DEVICE Byte4 convert(const QuantizeOperands& o, const Float4& x, const Quantizer* of) {
    bool normal = true;
#pragma unroll
    for (int i = 0; i < 4; ++i) normal = normal && of[i * kStep].is_normal();
    uint32_t bytes[4];
    if (normal)
#pragma unroll
      for (int i = 0; i < 4; ++i) bytes[i] = of[i * kStep].multiply(x.v[i]);
    else
#pragma unroll
      for (int i = 0; i < 4; ++i)
        bytes[i] = quantize_value(x.v[i], of[i * kStep].scale_, of[i * kStep].zero_point_, o.range);
    return {pack_bytes(bytes[0], bytes[1], bytes[2], bytes[3])};
  }

 private:
  /// Whether all products and remainders are normal numbers.
  OCTAVO_DEVICE bool is_normal() const { return scale_ >= 0x1p-80f && scale_ <= 0x1p80f; }
  /// The low byte of what comes out is the result.
  OCTAVO_DEVICE uint32_t multiply(float x) const {
    const float v = std::fmin(std::fmax(x != x ? 0.0f : x, low_), high_);
    const float product = v * inverse_;
    const float quotient = std::fma(std::fma(-product, scale_, v), inverse_, product);
    return bits_of(quotient + kRounder) + static_cast<uint32_t>(zero_point_);
  }

  float scale_, inverse_, low_, high_;
  int32_t zero_point_;
};

/// Bytes of one channel to values. A byte becomes a float as the low bits of 2^23, from which then 2^23 and the zero
/// point go together: integers below 2^24, so that nothing is rounded before the product.
class Dequantizer {
 public:
  using Operands = DequantizeOperands;
  using From = Byte4;
  using To = Float4;

  Dequantizer() = default;
  OCTAVO_DEVICE Dequantizer(const DequantizeOperands& o, size_t channel) : scale_(scale_of(o.params, channel)) {
    const int32_t unsigned_zero = zero_point_of(o.params, channel) + (o.is_signed ? 128 : 0);
    start_ = static_cast<float>(kStart + unsigned_zero);
  }
  static OCTAVO_DEVICE const uint8_t* from(const DequantizeOperands& o) { return o.q; }
  static OCTAVO_DEVICE float* to(const DequantizeOperands& o) { return o.x; }

  template <int kStep>
  static OCTAVO_DEVICE Float4 convert(const DequantizeOperands& o, const Byte4& q, const Dequantizer* of) {
    const uint32_t word = o.is_signed ? q.word ^ 0x80808080 : q.word;
    Float4 x;
#pragma unroll
    for (int i = 0; i < 4; ++i) x.v[i] = of[i * kStep].multiply(word >> 8 * i & 0xFF);
    return x;
  }

 private:
  static constexpr int32_t kStart = 1 << 23;  // as a float, its bits are 0x4B000000

  OCTAVO_DEVICE float multiply(uint32_t byte) const { return (float_of_bits(0x4B000000 | byte) - start_) * scale_; }

  float scale_, start_;
};

}  // namespace octavo::device
