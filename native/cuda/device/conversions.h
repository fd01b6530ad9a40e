// Conversions for which a GPU has instructions, with the results of the CPU's definitions.
#pragma once

#include <cmath>
#include <cstdint>

#include "core/float_bits.h"
#include "cuda/device/platform.h"

namespace octavo::device {

/// to_float16() of two values, the first in the low half.
OCTAVO_DEVICE uint32_t float16_pair(float low, float high) {
#ifdef __CUDACC__
  uint32_t pair;
#if __CUDA_ARCH__ >= 800
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
#else
  asm("{\n.reg .b16 low, high;\ncvt.rn.f16.f32 low, %1;\ncvt.rn.f16.f32 high, %2;\nmov.b32 %0, {low, high};\n}"
      : "=r"(pair)
      : "f"(low), "f"(high));
#endif
  // Both round to nearest, ties to even; the instruction's NaN is another one.
  if (low != low) pair = (pair & 0xFFFF0000) | kFloat16NaN;
  if (high != high) pair = (pair & 0xFFFF) | static_cast<uint32_t>(kFloat16NaN) << 16;
  return pair;
#else
  return to_float16(low) | static_cast<uint32_t>(to_float16(high)) << 16;
#endif
}

/// The nearest integer, ties to even, of a value that is in int32's range.
OCTAVO_DEVICE int32_t nearest_integer(float value) {
#ifdef __CUDACC__
  return __float2int_rn(value);
#else
  return static_cast<int32_t>(std::nearbyintf(value));
#endif
}

}  // namespace octavo::device
