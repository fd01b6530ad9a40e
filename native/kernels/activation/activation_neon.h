// The activation functions on 4 values at a time; every step is that of activation_scalar.h.
#pragma once

#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/activation/activation.h"

namespace octavo {
namespace {

/// Two roundings: no fma.
inline float32x4_t multiply_add(float32x4_t a, float32x4_t b, float c) {
  return vaddq_f32(vmulq_f32(a, b), vdupq_n_f32(c));
}

/// `limit` in the lanes of `chosen`, else x: the architecture's own minimum and maximum treat NaN otherwise.
inline float32x4_t choose(uint32x4_t chosen, float limit, float32x4_t x) {
  return vbslq_f32(chosen, vdupq_n_f32(limit), x);
}
inline float32x4_t raise_to(float limit, float32x4_t x) { return choose(vcgtq_f32(vdupq_n_f32(limit), x), limit, x); }
inline float32x4_t lower_to(float limit, float32x4_t x) { return choose(vcltq_f32(vdupq_n_f32(limit), x), limit, x); }

inline float32x4_t exp_negated(float32x4_t t) {
  using N = ActivationNumbers;
  const float32x4_t rounded = multiply_add(t, vdupq_n_f32(N::kLog2E), N::kRounder);
  const float32x4_t n = vsubq_f32(rounded, vdupq_n_f32(N::kRounder));
  float32x4_t r = vsubq_f32(t, vmulq_f32(n, vdupq_n_f32(N::kLn2High)));
  r = vsubq_f32(r, vmulq_f32(n, vdupq_n_f32(N::kLn2Low)));
  float32x4_t p = vdupq_n_f32(N::kExp[4]);
  unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA { p = multiply_add(p, r, N::kExp[3 - i]); });
  p = vsubq_f32(vmulq_f32(vmulq_f32(p, r), r), r);
  p = vaddq_f32(p, vdupq_n_f32(1.0f));
  const uint32x4_t bits = vshlq_n_u32(vreinterpretq_u32_f32(rounded), 23);
  return vmulq_f32(p, vreinterpretq_f32_u32(vsubq_u32(vdupq_n_u32(127u << 23), bits)));
}

inline float32x4_t times_logistic(float32x4_t x, float32x4_t t) {
  t = lower_to(ActivationNumbers::kHighest, raise_to(ActivationNumbers::kLowest, t));
  return vdivq_f32(x, vaddq_f32(vdupq_n_f32(1.0f), exp_negated(t)));
}

inline float32x4_t silu(float32x4_t x) {
  x = raise_to(ActivationNumbers::kSiluLowest, x);
  return times_logistic(x, x);
}

inline float32x4_t gelu_tanh(float32x4_t x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluTanhLowest, x);
  const float32x4_t g = multiply_add(vmulq_f32(x, x), vdupq_n_f32(N::kGeluTanh[1]), N::kGeluTanh[0]);
  return times_logistic(x, vmulq_f32(x, g));
}

inline float32x4_t gelu(float32x4_t x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluLowest, x);
  const float32x4_t square = lower_to(N::kGeluSquare, vmulq_f32(x, x));
  float32x4_t g = vdupq_n_f32(N::kGelu[6]);
  unroll<6>([&](auto i) OCTAVO_INLINE_LAMBDA { g = multiply_add(g, square, N::kGelu[5 - i]); });
  return times_logistic(x, vmulq_f32(x, g));
}

/// x where it is above low, then where it is below high; NaN is neither.
inline float32x4_t clip(float low, float high, float32x4_t x) {
  x = vbslq_f32(vcgtq_f32(x, vdupq_n_f32(low)), x, vdupq_n_f32(low));
  return vbslq_f32(vcltq_f32(x, vdupq_n_f32(high)), x, vdupq_n_f32(high));
}

OCTAVO_INLINE float32x4_t activate(const Activation& activation, float32x4_t x) {
  switch (activation.kind) {
    case ActivationKind::kClip:
      return clip(activation.low, activation.high, x);
    case ActivationKind::kGelu:
      return gelu(x);
    case ActivationKind::kGeluTanh:
      return gelu_tanh(x);
    case ActivationKind::kSilu:
      return silu(x);
    default:
      return x;
  }
}

}  // namespace
}  // namespace octavo
