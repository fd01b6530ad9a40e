// The activation functions on 8 values at a time; every step is that of activation_scalar.h.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/activation/activation.h"

namespace octavo {
namespace {

inline __m256 multiply_add(__m256 a, __m256 b, float c) {
  return _mm256_add_ps(_mm256_mul_ps(a, b), _mm256_set1_ps(c));
}

// The instructions give their second operand where a comparison is false, as for NaN.
inline __m256 raise_to(float limit, __m256 x) { return _mm256_max_ps(_mm256_set1_ps(limit), x); }
inline __m256 lower_to(float limit, __m256 x) { return _mm256_min_ps(_mm256_set1_ps(limit), x); }

inline __m256 exp_negated(__m256 t) {
  using N = ActivationNumbers;
  const __m256 rounded = multiply_add(t, _mm256_set1_ps(N::kLog2E), N::kRounder);
  const __m256 n = _mm256_sub_ps(rounded, _mm256_set1_ps(N::kRounder));
  __m256 r = _mm256_sub_ps(t, _mm256_mul_ps(n, _mm256_set1_ps(N::kLn2High)));
  r = _mm256_sub_ps(r, _mm256_mul_ps(n, _mm256_set1_ps(N::kLn2Low)));
  __m256 p = _mm256_set1_ps(N::kExp[4]);
  unroll<4>([&](auto i) OCTAVO_INLINE_LAMBDA { p = multiply_add(p, r, N::kExp[3 - i]); });
  p = _mm256_sub_ps(_mm256_mul_ps(_mm256_mul_ps(p, r), r), r);
  p = _mm256_add_ps(p, _mm256_set1_ps(1.0f));
  const __m256i bits = _mm256_slli_epi32(_mm256_castps_si256(rounded), 23);
  return _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(127 << 23), bits)));
}

inline __m256 times_logistic(__m256 x, __m256 t) {
  t = lower_to(ActivationNumbers::kHighest, raise_to(ActivationNumbers::kLowest, t));
  return _mm256_div_ps(x, _mm256_add_ps(_mm256_set1_ps(1.0f), exp_negated(t)));
}

inline __m256 silu(__m256 x) {
  x = raise_to(ActivationNumbers::kSiluLowest, x);
  return times_logistic(x, x);
}

inline __m256 gelu_tanh(__m256 x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluTanhLowest, x);
  const __m256 g = multiply_add(_mm256_mul_ps(x, x), _mm256_set1_ps(N::kGeluTanh[1]), N::kGeluTanh[0]);
  return times_logistic(x, _mm256_mul_ps(x, g));
}

inline __m256 gelu(__m256 x) {
  using N = ActivationNumbers;
  x = raise_to(N::kGeluLowest, x);
  const __m256 square = lower_to(N::kGeluSquare, _mm256_mul_ps(x, x));
  __m256 g = _mm256_set1_ps(N::kGelu[6]);
  unroll<6>([&](auto i) OCTAVO_INLINE_LAMBDA { g = multiply_add(g, square, N::kGelu[5 - i]); });
  return times_logistic(x, _mm256_mul_ps(x, g));
}

inline __m256 clip(float low, float high, __m256 x) {
  return _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
}

template <typename Function>
OCTAVO_INLINE void apply(Function&& function, float* values, size_t vectors) {
  for (; vectors > 0; --vectors, values += 8) _mm256_storeu_ps(values, function(_mm256_loadu_ps(values)));
}

/// Replaces `vectors` times 8 values.
inline void activate_vectors(const Activation& activation, float* values, size_t vectors) {
  const float low = activation.low, high = activation.high;
  switch (activation.kind) {
    case ActivationKind::kClip:
      return apply([=](__m256 x) OCTAVO_INLINE_LAMBDA { return clip(low, high, x); }, values, vectors);
    case ActivationKind::kGelu:
      return apply([](__m256 x) OCTAVO_INLINE_LAMBDA { return gelu(x); }, values, vectors);
    case ActivationKind::kGeluTanh:
      return apply([](__m256 x) OCTAVO_INLINE_LAMBDA { return gelu_tanh(x); }, values, vectors);
    case ActivationKind::kSilu:
      return apply([](__m256 x) OCTAVO_INLINE_LAMBDA { return silu(x); }, values, vectors);
    default:
      return;
  }
}

}  // namespace
}  // namespace octavo
