// ARMv8-A as the tiles of panels name it: a vector of 16 columns is four registers.
#pragma once

#include <arm_neon.h>

#include "core/unroll.h"

namespace octavo {
namespace {

struct Ops128 {
  using Vector = float32x4_t;
  static constexpr int kLanes = 4, kParts = 4;
  static constexpr size_t kNr = 8;
  static constexpr bool kManyRegisters = true;
  static OCTAVO_INLINE Vector zero() { return vdupq_n_f32(0.0f); }
  static OCTAVO_INLINE Vector load(const float* from) { return vld1q_f32(from); }
  static OCTAVO_INLINE void store(float* to, Vector values) { vst1q_f32(to, values); }
  static OCTAVO_INLINE Vector broadcast(const float* from) { return vld1q_dup_f32(from); }
  static OCTAVO_INLINE Vector multiply_add(Vector a, Vector b, Vector c) { return vfmaq_f32(c, a, b); }
  static OCTAVO_INLINE void prefetch([[maybe_unused]] const void* at) {
#ifdef __GNUC__
    __builtin_prefetch(at);
#endif
  }
};

}  // namespace
}  // namespace octavo
