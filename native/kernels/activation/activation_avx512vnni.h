// The activation functions on 16 values at a time; their steps are those of activation_scalar.h.
#pragma once

#include <immintrin.h>

#include "kernels/activation/activation_scalar.h"

namespace octavo {
namespace {

struct Floats512 {
  __m512 v;
  Floats512(__m512 values) : v(values) {}
  Floats512(float value) : v(_mm512_set1_ps(value)) {}
};

inline Floats512 operator+(Floats512 a, Floats512 b) { return _mm512_add_ps(a.v, b.v); }
inline Floats512 operator-(Floats512 a, Floats512 b) { return _mm512_sub_ps(a.v, b.v); }
inline Floats512 operator*(Floats512 a, Floats512 b) { return _mm512_mul_ps(a.v, b.v); }
inline Floats512 operator/(Floats512 a, Floats512 b) { return _mm512_div_ps(a.v, b.v); }

// The instructions give their second operand where a comparison is false, as for NaN.
inline Floats512 raise_to(float limit, Floats512 x) { return _mm512_max_ps(_mm512_set1_ps(limit), x.v); }
inline Floats512 lower_to(float limit, Floats512 x) { return _mm512_min_ps(_mm512_set1_ps(limit), x.v); }

inline __m512 clip(float low, float high, __m512 x) {
  return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}
inline Floats512 clip(float low, float high, Floats512 x) { return clip(low, high, x.v); }

inline Floats512 times_power(Floats512 p, Floats512 rounded) {
  const __m512i bits = _mm512_slli_epi32(_mm512_castps_si512(rounded.v), 23);
  return _mm512_mul_ps(p.v, _mm512_castsi512_ps(_mm512_sub_epi32(_mm512_set1_epi32(127 << 23), bits)));
}

/// Replaces `vectors` times 16 values.
inline void activate_vectors(const Activation& activation, float* values, size_t vectors) {
  with_activation<Floats512>(activation, [&](auto&& function) OCTAVO_INLINE_LAMBDA {
    for (float* const end = values + vectors * 16; values != end; values += 16)
      _mm512_storeu_ps(values, function(_mm512_loadu_ps(values)).v);
  });
}

}  // namespace
}  // namespace octavo
