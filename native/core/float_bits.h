// float32 by its bits, its nearest float16, and back.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/anywhere.h"

namespace octavo {
namespace {

OCTAVO_ANYWHERE inline uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

OCTAVO_ANYWHERE inline float float_of_bits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

constexpr uint16_t kFloat16NaN = 0x7E00;

/// The bits of the nearest IEEE binary16, ties to even; infinity from 65,520 on; every NaN becomes kFloat16NaN.
OCTAVO_ANYWHERE inline uint16_t to_float16(float value) {
  constexpr uint32_t kInfinity32 = 0x7F800000, kOverflow32 = 0x477FF000, kSmallestNormal32 = 0x38800000;
  const uint32_t bits = bits_of(value), magnitude = bits & 0x7FFFFFFF;
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  if (magnitude > kInfinity32) return kFloat16NaN;
  if (magnitude >= kOverflow32) return sign | 0x7C00;
  if (magnitude < kSmallestNormal32) {
    // One unit of a subnormal float16 is 2^-24: added to 0.5, the rounding of float32 leaves it in the low bits.
    const uint32_t sum = bits_of(float_of_bits(magnitude) + 0.5f);
    return static_cast<uint16_t>(sign | (sum - 0x3F000000));
  }
  // 13 bits go; the exponent's bias falls from 127 to 15. A carry out of the mantissa raises the exponent, as it
  // should.
  const uint32_t odd = magnitude >> 13 & 1;
  return static_cast<uint16_t>(sign | ((magnitude - (112u << 23) + 0xFFF + odd) >> 13));
}

/// The value of an IEEE binary16, exactly.
OCTAVO_ANYWHERE inline float from_float16(uint16_t half) {
  constexpr uint32_t kInfinity16 = 0x7C00;
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16, magnitude = half & 0x7FFF;
  if (magnitude >= kInfinity16) return float_of_bits(sign | magnitude << 13 | 0x7F800000);
  // As bits of a float32 it is 2^-112 of its value, subnormal where the half is one or not: the product is exact.
  return float_of_bits(sign | bits_of(float_of_bits(magnitude << 13) * 0x1p112f));
}

}  // namespace
}  // namespace octavo
