// The definition of dequantization, one value at a time; vector kernels finish their tails with it.
#pragma once

#include "kernels/dequantize/dequantize.h"

namespace octavo {
namespace {

inline float dequantize_value(uint8_t byte, float scale, int32_t zero_point, bool is_signed) {
  const int32_t q = is_signed ? static_cast<int32_t>(static_cast<int8_t>(byte)) : static_cast<int32_t>(byte);
  return static_cast<float>(q - zero_point) * scale;
}

}  // namespace
}  // namespace octavo
