// Arrays in units of four values, counted from the array's start: a thread takes a unit at once where it lies within
// what is asked for and the array is aligned to units, and else value by value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/platform.h"

namespace octavo::device {

struct alignas(16) Float4 {
  using Value = float;
  float v[4];
  OCTAVO_DEVICE float get(int i) const { return v[i]; }
  OCTAVO_DEVICE void set(int i, float value) { v[i] = value; }
};

/// Value i is byte i of the word, the lowest first.
struct Byte4 {
  using Value = uint8_t;
  uint32_t word;
  OCTAVO_DEVICE uint8_t get(int i) const { return static_cast<uint8_t>(word >> 8 * i); }
  OCTAVO_DEVICE void set(int i, uint8_t value) { word |= static_cast<uint32_t>(value) << 8 * i; }
};

/// Values [begin, end) of an array.
struct Span {
  size_t begin, end;
  OCTAVO_DEVICE bool holds(size_t value) const { return value >= begin && value < end; }
  OCTAVO_DEVICE bool holds_unit(size_t unit) const { return 4 * unit >= begin && 4 * unit + 4 <= end; }
};

template <typename Unit>
OCTAVO_DEVICE bool is_aligned(const typename Unit::Value* array) {
  return reinterpret_cast<uintptr_t>(array) % sizeof(Unit) == 0;
}

/// Zeros beyond the span.
template <typename Unit>
OCTAVO_DEVICE Unit load_unit(const typename Unit::Value* array, size_t unit, const Span& span, bool aligned) {
  if (aligned && span.holds_unit(unit)) return reinterpret_cast<const Unit*>(array)[unit];
  Unit values = {};
#pragma unroll
  for (int i = 0; i < 4; ++i)
    if (span.holds(4 * unit + i)) values.set(i, array[4 * unit + i]);
  return values;
}

template <typename Unit>
OCTAVO_DEVICE void store_unit(typename Unit::Value* array, size_t unit, const Span& span, bool aligned,
                              const Unit& values) {
  if (aligned && span.holds_unit(unit)) {
    reinterpret_cast<Unit*>(array)[unit] = values;
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i)
    if (span.holds(4 * unit + i)) array[4 * unit + i] = values.get(i);
}

}  // namespace octavo::device
