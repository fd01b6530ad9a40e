// Quantize to and dequantize from int4 and uint4, two values a byte, the first one in the low nibble, as ONNX has them.
// An odd number of values ends in a zero nibble.
#pragma once

#include "ops/quantize.h"

namespace octavo {

constexpr QuantizeRange nibble_range(bool is_signed) { return is_signed ? QuantizeRange{-8, 7} : QuantizeRange{0, 15}; }

/// The arithmetic of quantize() and dequantize(); `count` counts values.
void quantize_nibbles(const KernelSet& set, const float* x, uint8_t* q, size_t count, const ChannelParams& params,
                      bool is_signed);
void dequantize_nibbles(const KernelSet& set, const uint8_t* q, float* x, size_t count, const ChannelParams& params,
                        bool is_signed);

}  // namespace octavo
