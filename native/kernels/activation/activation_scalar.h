// The definition of the activation functions: for F a float, or a vector of floats that has the same operations lane by
// lane. A vector's are its header's: + - * /, raise_to, lower_to, times_power and clip.
#pragma once

#include <cstddef>

#include "core/anywhere.h"
#include "core/float_bits.h"
#include "core/unroll.h"
#include "kernels/activation/activation.h"

namespace octavo {
namespace {

/// At least `limit`, at most `limit`; NaN stays.
OCTAVO_ANYWHERE inline float raise_to(float limit, float x) { return limit > x ? limit : x; }
OCTAVO_ANYWHERE inline float lower_to(float limit, float x) { return limit < x ? limit : x; }

/// p 2^-n, where the low bits of `rounded` are n's, from -128 (infinity) to 127 (zero).
OCTAVO_ANYWHERE inline float times_power(float p, float rounded) {
  return p * float_of_bits((127u << 23) - (bits_of(rounded) << 23));
}

OCTAVO_ANYWHERE inline float clip(float low, float high, float x) {
  x = x > low ? x : low;
  return x < high ? x : high;
}

/// e^-t for t from kLowest to kHighest.
template <typename F>
OCTAVO_ANYWHERE inline F exp_negated(F t) {
  using N = ActivationNumbers;
  const F rounded = t * N::kLog2E + N::kRounder;
  const F n = rounded - N::kRounder;
  F r = t - n * N::kLn2High;
  r = r - n * N::kLn2Low;
  F p = N::kExp[4];
  unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA { p = p * r + N::kExp[3 - i]; });
  p = p * r * r - r + 1.0f;
  return times_power(p, rounded);
}

/// x / (1 + e^-t).
template <typename F>
OCTAVO_ANYWHERE inline F times_logistic(F x, F t) {
  t = lower_to(ActivationNumbers::kHighest, raise_to(ActivationNumbers::kLowest, t));
  return x / (exp_negated(t) + 1.0f);
}

template <typename F>
OCTAVO_ANYWHERE inline F silu(F x) {
  x = raise_to(ActivationNumbers::kSiluLowest, x);
  return times_logistic(x, x);
}

template <typename F>
OCTAVO_ANYWHERE inline F gelu_tanh(F x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluTanhLowest, x);
  return times_logistic(x, x * (x * x * N::kGeluTanh[1] + N::kGeluTanh[0]));
}

template <typename F>
OCTAVO_ANYWHERE inline F gelu(F x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluLowest, x);
  const F square = lower_to(N::kGeluSquare, x * x);
  F g = N::kGelu[6];
  unroll<6>([&](auto i) OCTAVO_INLINE_LAMBDA { g = g * square + N::kGelu[5 - i]; });
  return times_logistic(x, x * g);
}

/// Calls use(function) with the activation as a function of F, or not at all if there is none: one decision for
/// however many values.
template <typename F, typename Use>
OCTAVO_INLINE void with_activation(const Activation& activation, Use&& use) {
  const float low = activation.low, high = activation.high;
  switch (activation.kind) {
    case ActivationKind::kClip:
      return use([=](F x) OCTAVO_INLINE_LAMBDA { return clip(low, high, x); });
    case ActivationKind::kGelu:
      return use([](F x) OCTAVO_INLINE_LAMBDA { return gelu(x); });
    case ActivationKind::kGeluTanh:
      return use([](F x) OCTAVO_INLINE_LAMBDA { return gelu_tanh(x); });
    case ActivationKind::kSilu:
      return use([](F x) OCTAVO_INLINE_LAMBDA { return silu(x); });
    default:
      return;
  }
}

template <typename F>
OCTAVO_ANYWHERE inline F activate(const Activation& activation, F x) {
  with_activation<F>(activation, [&](auto&& function) OCTAVO_INLINE_LAMBDA { x = function(x); });
  return x;
}

/// Replaces `count` values by vectors of kWidth, the last ones among zeros. replace(values, vectors) replaces whole
/// vectors.
template <size_t kWidth, typename Replace>
OCTAVO_ANYWHERE inline void activate_array(float* values, size_t count, Replace&& replace) {
  const size_t vectors = count / kWidth, rest = count % kWidth;
  replace(values, vectors);
  if (rest == 0) return;
  float* const from = values + vectors * kWidth;
  float last[kWidth] = {};
  for (size_t i = 0; i < rest; ++i) last[i] = from[i];
  replace(last, 1);
  for (size_t i = 0; i < rest; ++i) from[i] = last[i];
}

}  // namespace
}  // namespace octavo
