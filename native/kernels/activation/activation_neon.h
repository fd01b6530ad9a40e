// The activation functions on 4 values at a time; their steps are those of activation_scalar.h.
#pragma once

#include <arm_neon.h>

#include "kernels/activation/activation_scalar.h"

namespace octavo {
namespace {

struct Floats128 {
  float32x4_t v;
  Floats128(float32x4_t values) : v(values) {}
  Floats128(float value) : v(vdupq_n_f32(value)) {}
};

inline Floats128 operator+(Floats128 a, Floats128 b) { return vaddq_f32(a.v, b.v); }
inline Floats128 operator-(Floats128 a, Floats128 b) { return vsubq_f32(a.v, b.v); }
inline Floats128 operator*(Floats128 a, Floats128 b) { return vmulq_f32(a.v, b.v); }
inline Floats128 operator/(Floats128 a, Floats128 b) { return vdivq_f32(a.v, b.v); }

/// `limit` in the lanes of `chosen`, else x: the architecture's own minimum and maximum treat NaN otherwise.
inline Floats128 choose(uint32x4_t chosen, float limit, Floats128 x) {
  return vbslq_f32(chosen, vdupq_n_f32(limit), x.v);
}
inline Floats128 raise_to(float limit, Floats128 x) { return choose(vcgtq_f32(vdupq_n_f32(limit), x.v), limit, x); }
inline Floats128 lower_to(float limit, Floats128 x) { return choose(vcltq_f32(vdupq_n_f32(limit), x.v), limit, x); }

/// x where it is above low, then where it is below high; NaN is neither.
inline float32x4_t clip(float low, float high, float32x4_t x) {
  x = vbslq_f32(vcgtq_f32(x, vdupq_n_f32(low)), x, vdupq_n_f32(low));
  return vbslq_f32(vcltq_f32(x, vdupq_n_f32(high)), x, vdupq_n_f32(high));
}
inline Floats128 clip(float low, float high, Floats128 x) { return clip(low, high, x.v); }

inline Floats128 times_power(Floats128 p, Floats128 rounded) {
  const uint32x4_t bits = vshlq_n_u32(vreinterpretq_u32_f32(rounded.v), 23);
  return vmulq_f32(p.v, vreinterpretq_f32_u32(vsubq_u32(vdupq_n_u32(127u << 23), bits)));
}

inline float32x4_t activate(const Activation& activation, float32x4_t x) {
  return activate<Floats128>(activation, x).v;
}

}  // namespace
}  // namespace octavo
