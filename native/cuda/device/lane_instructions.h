// Instructions on the registers of one thread or one warp.
#pragma once

#include <cstdint>

#include "core/float_bits.h"
#include "cuda/device/platform.h"
#include "cuda/device/words.h"

#ifdef __CUDACC__

namespace octavo::device {

/// sum + the products of the four int8 of a and of b, modulo 2^32.
OCTAVO_DEVICE uint32_t dot_bytes(uint32_t a, uint32_t b, uint32_t sum) {
  return static_cast<uint32_t>(__dp4a(static_cast<int>(a), static_cast<int>(b), static_cast<int>(sum)));
}

/// The value of the lane whose number differs in the bits of `mask`; all lanes of a warp together.
OCTAVO_DEVICE uint32_t shuffle_xor(uint32_t value, unsigned mask) { return __shfl_xor_sync(0xFFFFFFFFu, value, mask); }

/// The value of an IEEE binary16, exactly.
OCTAVO_DEVICE float widen_float16(uint16_t half) {
  float value;
  asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(half));
  return value;
}

}  // namespace octavo::device

#else
#include <emulated_lane_instructions.h>
#endif
