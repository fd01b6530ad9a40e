// The definition of the activation functions, one value at a time.
#pragma once

#include "core/float_bits.h"
#include "kernels/activation/activation.h"

namespace octavo {
namespace {

/// At least `limit`, at most `limit`; NaN stays.
inline float raise_to(float limit, float x) { return limit > x ? limit : x; }
inline float lower_to(float limit, float x) { return limit < x ? limit : x; }

/// e^-t for t from kLowest to kHighest.
inline float exp_negated(float t) {
  using N = ActivationNumbers;
  const float rounded = t * N::kLog2E + N::kRounder;
  const float n = rounded - N::kRounder;
  float r = t - n * N::kLn2High;
  r = r - n * N::kLn2Low;
  float p = N::kExp[4];
  p = p * r + N::kExp[3];
  p = p * r + N::kExp[2];
  p = p * r + N::kExp[1];
  p = p * r + N::kExp[0];
  p = p * r * r - r + 1.0f;
  // The low bits of `rounded` are n's: 2^-n with n from -128 (infinity) to 127 (zero).
  const uint32_t scale = (127u << 23) - (bits_of(rounded) << 23);
  return p * float_of_bits(scale);
}

/// x / (1 + e^-t).
inline float times_logistic(float x, float t) {
  t = lower_to(ActivationNumbers::kHighest, raise_to(ActivationNumbers::kLowest, t));
  return x / (1.0f + exp_negated(t));
}

inline float silu(float x) {
  x = raise_to(ActivationNumbers::kSiluLowest, x);
  return times_logistic(x, x);
}

inline float gelu_tanh(float x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluTanhLowest, x);
  return times_logistic(x, x * (x * x * N::kGeluTanh[1] + N::kGeluTanh[0]));
}

inline float gelu(float x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluLowest, x);
  const float square = lower_to(N::kGeluSquare, x * x);
  float g = N::kGelu[6];
  for (int i = 5; i >= 0; --i) g = g * square + N::kGelu[i];
  return times_logistic(x, x * g);
}

inline float clip(float low, float high, float x) {
  x = x > low ? x : low;
  return x < high ? x : high;
}

inline float activate(const Activation& activation, float x) {
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
