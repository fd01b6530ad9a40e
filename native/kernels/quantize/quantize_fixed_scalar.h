// Quantization without a division, for vector kernels.
//
// Division takes several times as long as everything else, so fma(x, 2^16 / scale, (zero_point + 1/2) * 2^16) stands in
// for it: with 16 bits of fraction, its floor is the result rounded half up. The inverse is off by at most 2^-24 of
// itself, the quotient by 2^-24 of what it rounds, the fma by half a unit of its last place: up to the ends of the
// bytes' range that makes 2 units of 2^-16, and half of one more in the conversion to an integer. So the result is that
// of the division unless the fraction lies within 3 units of where it wraps: blocks with such a value are divided after
// all. So are blocks with a value that no int32 holds (NaN, infinities), which the conversion turns into INT32_MIN, of
// fraction 0. What lies beyond the bytes' range stays there. Results are those of the division always.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/quantize/quantize.h"

namespace octavo {
namespace {

/// Added to all fractions, so that those in doubt are the ones below twice as much.
constexpr int kDoubt = 3;

/// The factor for values; NaN, with which all blocks are in doubt, where products might leave the normal numbers.
inline float fixed_factor(float scale) { return scale >= 0x1p-80f && scale <= 0x1p80f ? 65536.0f / scale : NAN; }

inline float fixed_offset(int32_t zero_point) { return (static_cast<float>(zero_point) + 0.5f) * 65536.0f + kDoubt; }

/// Whether bytes that are saturated to their type are within the range.
inline bool is_whole_type(QuantizeRange range) {
  return range.low < 0 ? range.low == -128 && range.high == 127 : range.low == 0 && range.high == 255;
}

/// Values from x to the next cache line.
inline size_t values_to_line(const float* x) { return (0 - reinterpret_cast<uintptr_t>(x)) % 64 / sizeof(float); }

/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in bytes.
constexpr size_t kAheadBytes = 16384, kPageValues = 1024;

/// The parameters of some columns, in the form in which each row uses them.
struct FixedColumns {
  /// Rows are best gone through from end to end: their order is that of memory.
  static constexpr size_t kMost = 4096, kBlock = 64;
  size_t first = 0, count = 0;
  alignas(64) float factor[kMost], offset[kMost];

  /// The columns after the present ones: as many as have room, halved if the next part would be short; whole blocks
  /// unless they are the last. False if there are none.
  bool next(const ColumnParams& params) {
    first += count;
    const size_t left = params.count - first;
    count = left >= 2 * kMost ? kMost : left > kMost ? left / 2 / kBlock * kBlock : left;
    for (size_t i = 0; i < count; ++i) {
      factor[i] = fixed_factor(params.scale[first + i]);
      offset[i] = fixed_offset(params.zero_point[first + i]);
    }
    return count > 0;
  }
};

}  // namespace
}  // namespace octavo
