// a * b + c in float32 with one rounding, as IEEE 754 has it.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/anywhere.h"

namespace octavo {
namespace {

/// Without the machine's or the library's fma. The product of two floats is exact in double; the sum is rounded to odd
/// there (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008), after which rounding to float is
/// as good as rounding the exact sum.
inline float fused_in_double(float a, float b, float c) {
  const double product = static_cast<double>(a) * b, sum = product + c;
  if (!std::isfinite(sum)) return static_cast<float>(sum);
  const double part = sum - product;
  const double error = (product - (sum - part)) + (c - part);  // of the addition, exactly
  uint64_t bits;
  std::memcpy(&bits, &sum, sizeof bits);
  if (error != 0 && (bits & 1) == 0) bits += (error > 0) == (sum > 0) ? uint64_t{1} : ~uint64_t{0};
  double odd;
  std::memcpy(&odd, &bits, sizeof odd);
  return static_cast<float>(odd);
}

OCTAVO_ANYWHERE inline float fused_multiply_add(float a, float b, float c) {
#ifdef __MINGW32__
  return fused_in_double(a, b, c);  // the library's rounds twice
#else
  return std::fma(a, b, c);
#endif
}

}  // namespace
}  // namespace octavo
