// native/cuda/device/simt_instructions.h on the host.
#pragma once

#include "emulated_gpu.h"

namespace octavo::device {

/// Folds the values of a warp, and gives each thread the result.
template <typename Value, typename Fold>
inline Value fold_warp(Value value, const Fold& fold) {
  emulated::together(32, &value, [&](void** all) {
    Value folded = *static_cast<Value*>(all[0]);
    for (int lane = 1; lane < 32; ++lane) folded = fold(folded, *static_cast<Value*>(all[lane]));
    for (int lane = 0; lane < 32; ++lane) *static_cast<Value*>(all[lane]) = folded;
  });
  return value;
}

inline uint32_t warp_max(uint32_t value) {
  return fold_warp(value, [](uint32_t a, uint32_t b) { return a > b ? a : b; });
}
inline uint32_t warp_sum(uint32_t value) {
  return fold_warp(value, [](uint32_t a, uint32_t b) { return a + b; });
}
inline uint64_t warp_sum(uint64_t value) {
  return fold_warp(value, [](uint64_t a, uint64_t b) { return a + b; });
}
inline uint32_t warp_ballot(bool condition) {
  return warp_sum(condition ? uint32_t{1} << threadIdx.x % 32 : uint32_t{0});
}

inline void atomic_add(uint32_t* to, uint32_t value) { *to += value; }
inline void atomic_add(uint64_t* to, uint64_t value) { *to += value; }
inline void atomic_max(uint32_t* to, uint32_t value) { *to = *to > value ? *to : value; }
inline void increment_shared(uint32_t address, bool when) {
  if (when) ++*reinterpret_cast<uint32_t*>(emulated::shared_memory() + address);
}

inline uint32_t pack_bytes(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return (a & 0xFF) | (b & 0xFF) << 8 | (c & 0xFF) << 16 | d << 24;
}
inline uint32_t add_signed_bytes(uint32_t sum, uint32_t word) {
  for (int i = 0; i < 4; ++i) sum += static_cast<uint32_t>(static_cast<int8_t>(word >> 8 * i));
  return sum;
}

}  // namespace octavo::device
