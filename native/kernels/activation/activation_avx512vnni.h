// The activation functions on 16 values at a time; every step is that of activation_scalar.h.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/activation/activation.h"

namespace octavo {
namespace {

inline __m512 multiply_add(__m512 a, __m512 b, float c) {
  return _mm512_add_ps(_mm512_mul_ps(a, b), _mm512_set1_ps(c));
}

// The instructions give their second operand where a comparison is false, as for NaN.
inline __m512 raise_to(float limit, __m512 x) { return _mm512_max_ps(_mm512_set1_ps(limit), x); }
inline __m512 lower_to(float limit, __m512 x) { return _mm512_min_ps(_mm512_set1_ps(limit), x); }

inline __m512 exp_negated(__m512 t) {
  using N = ActivationNumbers;
  const __m512 rounded = multiply_add(t, _mm512_set1_ps(N::kLog2E), N::kRounder);
  const __m512 n = _mm512_sub_ps(rounded, _mm512_set1_ps(N::kRounder));
  __m512 r = _mm512_sub_ps(t, _mm512_mul_ps(n, _mm512_set1_ps(N::kLn2High)));
  r = _mm512_sub_ps(r, _mm512_mul_ps(n, _mm512_set1_ps(N::kLn2Low)));
  __m512 p = _mm512_set1_ps(N::kExp[4]);
  unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA { p = multiply_add(p, r, N::kExp[3 - i]); });
  p = _mm512_sub_ps(_mm512_mul_ps(_mm512_mul_ps(p, r), r), r);
  p = _mm512_add_ps(p, _mm512_set1_ps(1.0f));
  const __m512i bits = _mm512_slli_epi32(_mm512_castps_si512(rounded), 23);
  return _mm512_mul_ps(p, _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(127 << 23), bits)));
}

inline __m512 times_logistic(__m512 x, __m512 t) {
  t = lower_to(ActivationNumbers::kHighest, raise_to(ActivationNumbers::kLowest, t));
  return _mm512_div_ps(x, _mm512_add_ps(_mm512_set1_ps(1.0f), exp_negated(t)));
}

inline __m512 silu(__m512 x) {
  x = raise_to(ActivationNumbers::kSiluLowest, x);
  return times_logistic(x, x);
}

inline __m512 gelu_tanh(__m512 x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluTanhLowest, x);
  const __m512 g = multiply_add(_mm512_mul_ps(x, x), _mm512_set1_ps(N::kGeluTanh[1]), N::kGeluTanh[0]);
  return times_logistic(x, _mm512_mul_ps(x, g));
}

inline __m512 gelu(__m512 x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluLowest, x);
  const __m512 square = lower_to(N::kGeluSquare, _mm512_mul_ps(x, x));
  __m512 g = _mm512_set1_ps(N::kGelu[6]);
  unroll<6>([&](auto i) OCTAVO_INLINE_LAMBDA { g = multiply_add(g, square, N::kGelu[5 - i]); });
  return times_logistic(x, _mm512_mul_ps(x, g));
}

inline __m512 clip(float low, float high, __m512 x) {
  return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}

template <typename Function>
OCTAVO_INLINE void apply(Function&& function, float* values, size_t vectors) {
  for (; vectors > 0; --vectors, values += 16) _mm512_storeu_ps(values, function(_mm512_loadu_ps(values)));
}

/// Replaces `vectors` times 16 values.
inline void activate_vectors(const Activation& activation, float* values, size_t vectors) {
  const float low = activation.low, high = activation.high;
  switch (activation.kind) {
    case ActivationKind::kClip:
      return apply([=](__m512 x) OCTAVO_INLINE_LAMBDA { return clip(low, high, x); }, values, vectors);
    case ActivationKind::kGelu:
      return apply([](__m512 x) OCTAVO_INLINE_LAMBDA { return gelu(x); }, values, vectors);
    case ActivationKind::kGeluTanh:
      return apply([](__m512 x) OCTAVO_INLINE_LAMBDA { return gelu_tanh(x); }, values, vectors);
    case ActivationKind::kSilu:
      return apply([](__m512 x) OCTAVO_INLINE_LAMBDA { return silu(x); }, values, vectors);
    default:
      return;
  }
}

}  // namespace
}  // namespace octavo
