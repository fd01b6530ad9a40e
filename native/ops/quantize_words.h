// Quantize to and dequantize from int16 and uint16. The 16-bit words of either type are those of the other modulo 2^16.
#pragma once

#include "ops/quantize.h"

namespace octavo {

constexpr QuantizeRange word_range(bool is_signed) {
  return is_signed ? QuantizeRange{-32768, 32767} : QuantizeRange{0, 65535};
}

/// The arithmetic of quantize() and dequantize(), plain loops on every instruction set.
void quantize_words(const float* x, uint16_t* q, size_t count, const ChannelParams& params, bool is_signed);
void dequantize_words(const uint16_t* q, float* x, size_t count, const ChannelParams& params, bool is_signed);

}  // namespace octavo
