// Exact sums in double precision, of parts of the values in which no addition can round.
//
// A part has at most 2^10 values below 2^E. Those from 2^(E - 19) on are multiples of 2^(E - 42), so that all of their
// sums, below 2^(E + 10), are integers of 52 bits times that. Squares are exact in double precision and multiples of
// 2^(2E - 84), a range too wide for one double; two share it. The first starts at 1.5 * 2^52 units of 2^(2E - 41): to
// add a square to it rounds that to a unit, and the sum, below 2^51 units, never leaves the doubles of this unit. What
// the rounding took, at most half a unit, goes to the second: 2^10 of them are below 2^52 times 2^(2E - 84).
// Source of the splitting: S. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation" (2008), ExtractVector.
//
// Smaller values are left over, a part of their own with a smaller E; subnormal ones never are.
#pragma once

#include <cstring>

#include "kernels/sums/sums_scalar.h"

namespace octavo {
namespace {

constexpr size_t kPartValues = 1024;

struct PartPlan {
  float window;  // what is smaller, but not 0, is left over
  double start;  // of the first sum of squares, in each lane
};

/// Sums of a part; `high` without where it started. `left_over` values were left over.
struct PartSums {
  double sum, high, low;
  size_t left_over;
};

/// 2^exponent, in the range of normal doubles.
inline double power_of_two(int exponent) {
  const uint64_t bits = static_cast<uint64_t>(exponent + 1023) << 52;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Values below 2^(width - 149) with width > 42 leave window bits beyond the smallest subnormal: the window is normal.
inline PartPlan plan_part(int width) {
  const float window = width > 42 ? static_cast<float>(power_of_two(width - 149 - 19)) : 0.0f;
  return {window, 1.5 * power_of_two(52 - 41 + 2 * width - 298)};
}

/// Adds a sum that is a multiple of 2^(bit - least), or of 2^-least if bit < 0.
inline void add_double(uint64_t* limbs, size_t limb_count, double sum, int bit, int least) {
  const int place = bit < 0 ? 0 : bit;
  add_at(limbs, limb_count, static_cast<int64_t>(sum * power_of_two(least - place)), static_cast<unsigned>(place));
}

inline void take_part(const PartSums& part, int width, ExactSums* sums) {
  add_double(sums->sum, ExactSums::kSumLimbs, part.sum, width - 42, 149);
  add_double(sums->squares, ExactSums::kSquareLimbs, part.high, 2 * width - 41, 298);
  add_double(sums->squares, ExactSums::kSquareLimbs, part.low, 2 * width - 84, 298);
}

/// The least width for values that are not all 0.
inline int width_of_values(const float* x, size_t count) {
  uint32_t largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFF;
    largest = magnitude > largest ? magnitude : largest;
  }
  if (largest >= 0x800000) return static_cast<int>(largest >> 23) + 23;
  int width = 0;
  for (; largest != 0; largest >>= 1) ++width;
  return width;
}

/// add_part(x, count, plan, left_over) sums at most kPartValues values; it may write what it leaves over to x itself.
template <PartSums (*add_part)(const float*, size_t, const PartPlan&, float*)>
void add_in_parts(const float* x, size_t count, int width, ExactSums* sums) {
  float left_over[kPartValues];
  for (size_t i = 0; i < count; i += kPartValues) {
    const float* values = x + i;
    size_t n = count - i < kPartValues ? count - i : kPartValues;
    for (int part_width = width;;) {
      const PartSums part = add_part(values, n, plan_part(part_width), left_over);
      take_part(part, part_width, sums);
      n = part.left_over;
      if (n == 0) break;
      values = left_over;
      part_width = width_of_values(left_over, n);
    }
  }
}

}  // namespace
}  // namespace octavo
