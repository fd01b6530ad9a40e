// Rows of few columns, joined until they are wide and of whole cache lines: short rows would be all ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>

#include "core/sizes.h"

namespace octavo {

constexpr size_t kLineValues = 16;

/// Values from x to the next cache line.
inline size_t values_before_line(const float* x) {
  return (0 - reinterpret_cast<uintptr_t>(x)) % (kLineValues * sizeof(float)) / sizeof(float);
}

/// Columns of the joined rows, a multiple of `channels`; `channels` itself if rows are wide already.
inline size_t wide_row(size_t channels) {
  constexpr size_t kBlock = 64, kWide = 512, kWidest = 4096;
  if (channels >= kWide) return channels;
  const size_t rows = divide_up(kWide, channels), whole = kBlock / std::gcd(channels, kBlock);
  return channels * (channels * whole <= kWidest ? round_up(rows, whole) : rows);
}

}  // namespace octavo
