// native/cuda/device/lane_instructions.h on the host.
#pragma once

#include "core/float_bits.h"
#include "emulated_gpu.h"

namespace octavo::device {

inline uint32_t dot_bytes(uint32_t a, uint32_t b, uint32_t sum) {
  for (int i = 0; i < 32; i += 8)
    sum += static_cast<uint32_t>(static_cast<int8_t>(a >> i) * static_cast<int8_t>(b >> i));
  return sum;
}

inline uint32_t shuffle_xor(uint32_t value, unsigned mask) {
  uint32_t other = 0;
  struct Operands {
    uint32_t value;
    uint32_t* other;
    unsigned mask;
  } mine{value, &other, mask};
  emulated::together(32, &mine, [](void** all) {
    for (unsigned lane = 0; lane < 32; ++lane) {
      const auto* o = static_cast<Operands*>(all[lane]);
      *o->other = static_cast<Operands*>(all[lane ^ o->mask])->value;
    }
  });
  return other;
}

inline float widen_float16(uint16_t half) { return from_float16(half); }

}  // namespace octavo::device
