// 16 bytes of memory at a time, as one instruction.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/platform.h"

namespace octavo::device {

/// Four words, or 16 bytes of anything.
struct alignas(16) Words4 {
  uint32_t words[4];
};
struct alignas(8) Words2 {
  uint32_t words[2];
};

/// True where each of an array's rows begins at a multiple of 16 bytes.
OCTAVO_DEVICE bool rows_are_wide(const void* data, size_t stride_bytes) {
  return ((reinterpret_cast<uintptr_t>(data) | stride_bytes) & 15) == 0;
}

/// Stores the first `count` elements of kBytes each.
template <int kBytes>
OCTAVO_DEVICE void store_elements(void* to, const Words4& values, int count) {
#pragma unroll
  for (int i = 0; i < 16 / kBytes; ++i) {
    const uint32_t value = values.words[i * kBytes / 4] >> (i * kBytes % 4 * 8);
    if (i >= count) continue;
    if constexpr (kBytes == 4)
      static_cast<uint32_t*>(to)[i] = value;
    else if constexpr (kBytes == 2)
      static_cast<uint16_t*>(to)[i] = static_cast<uint16_t>(value);
    else
      static_cast<uint8_t*>(to)[i] = static_cast<uint8_t>(value);
  }
}

}  // namespace octavo::device
