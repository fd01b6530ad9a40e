// The activation functions on 8 values at a time; their steps are those of activation_scalar.h.
#pragma once

#include <immintrin.h>

#include "kernels/activation/activation_scalar.h"

namespace octavo {
namespace {

struct Floats256 {
  __m256 v;
  Floats256(__m256 values) : v(values) {}
  Floats256(float value) : v(_mm256_set1_ps(value)) {}
};

inline Floats256 operator+(Floats256 a, Floats256 b) { return _mm256_add_ps(a.v, b.v); }
inline Floats256 operator-(Floats256 a, Floats256 b) { return _mm256_sub_ps(a.v, b.v); }
inline Floats256 operator*(Floats256 a, Floats256 b) { return _mm256_mul_ps(a.v, b.v); }
inline Floats256 operator/(Floats256 a, Floats256 b) { return _mm256_div_ps(a.v, b.v); }

// The instructions give their second operand where a comparison is false, as for NaN.
inline Floats256 raise_to(float limit, Floats256 x) { return _mm256_max_ps(_mm256_set1_ps(limit), x.v); }
inline Floats256 lower_to(float limit, Floats256 x) { return _mm256_min_ps(_mm256_set1_ps(limit), x.v); }

inline __m256 clip(float low, float high, __m256 x) {
  return _mm256_min_ps(_mm256_max_ps(x, _mm256_set1_ps(low)), _mm256_set1_ps(high));
}
inline Floats256 clip(float low, float high, Floats256 x) { return clip(low, high, x.v); }

inline Floats256 times_power(Floats256 p, Floats256 rounded) {
  const __m256i bits = _mm256_slli_epi32(_mm256_castps_si256(rounded.v), 23);
  return _mm256_mul_ps(p.v, _mm256_castsi256_ps(_mm256_sub_epi32(_mm256_set1_epi32(127 << 23), bits)));
}

/// Replaces `vectors` times 8 values.
inline void activate_vectors(const Activation& activation, float* values, size_t vectors) {
  with_activation<Floats256>(activation, [&](auto&& function) OCTAVO_INLINE_LAMBDA {
    for (float* const end = values + vectors * 8; values != end; values += 8)
      _mm256_storeu_ps(values, function(_mm256_loadu_ps(values)).v);
  });
}

}  // namespace
}  // namespace octavo
