// The definition of exact sums, one value at a time, and the arithmetic of their limbs.
#pragma once

#include "core/float_bits.h"
#include "kernels/sums/sums.h"

namespace octavo {
namespace {

/// limbs += value * 2^bit, modulo 2^(64 * limb_count); bit < 64 * limb_count.
inline void add_at(uint64_t* limbs, size_t limb_count, int64_t value, unsigned bit) {
  const unsigned shift = bit % 64;
  const uint64_t sign = value < 0 ? ~uint64_t{0} : 0;
  uint64_t part = static_cast<uint64_t>(value) << shift;
  uint64_t above = shift == 0 ? sign : static_cast<uint64_t>(value >> (64 - shift));
  uint64_t carry = 0;
  for (size_t i = bit / 64; i < limb_count; ++i) {
    part += carry;  // does not wrap: where a part of all ones meets a carry, the loop has ended
    limbs[i] += part;
    carry = limbs[i] < part;
    part = above;
    above = sign;
    if (part == sign && part + carry == 0) return;  // nothing is left to add
  }
}

/// Adds a finite value: a 24-bit integer at the place that its exponent tells.
inline void add_value(float x, ExactSums* sums) {
  const uint32_t bits = bits_of(x), exponent = bits >> 23 & 0xFF, fraction = bits & 0x7FFFFF;
  const auto mantissa = static_cast<int64_t>(exponent == 0 ? fraction : fraction | 0x800000);
  const unsigned place = exponent == 0 ? 0 : exponent - 1;
  add_at(sums->sum, ExactSums::kSumLimbs, bits >> 31 != 0 ? -mantissa : mantissa, place);
  add_at(sums->squares, ExactSums::kSquareLimbs, mantissa * mantissa, 2 * place);
}

}  // namespace
}  // namespace octavo
