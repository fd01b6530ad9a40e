// Values by vectors and bytes by lines: what the quantizers with AVX-512 share.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

/// Sixteen values of an array, or the first few: whole vectors go without masks, whose byte stores are slow.
template <bool kWhole>
struct Lanes {
  __mmask16 mask;

  OCTAVO_INLINE __m512 load(const float* x) const {
    return kWhole ? _mm512_loadu_ps(x) : _mm512_maskz_loadu_ps(mask, x);
  }
  OCTAVO_INLINE __m512i load(const int32_t* x) const {
    return kWhole ? _mm512_loadu_si512(x) : _mm512_maskz_loadu_epi32(mask, x);
  }
  OCTAVO_INLINE void store_bytes(uint8_t* q, __m512i values) const {
    const __m128i bytes = _mm512_cvtepi32_epi8(values);
    kWhole ? _mm_storeu_si128(reinterpret_cast<__m128i*>(q), bytes) : _mm_mask_storeu_epi8(q, mask, bytes);
  }
};

/// step(i, lanes) for every sixteen values, the last ones masked.
template <typename Step>
OCTAVO_INLINE void for_lanes(size_t count, Step&& step) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) step(i, Lanes<true>{0xFFFF});
  if (i < count) step(i, Lanes<false>{static_cast<__mmask16>((1u << (count - i)) - 1)});
}

/// clamp(v, low, high) rounded half to even; NaN as 0.
OCTAVO_INLINE __m512i clamp_and_round(__m512 v, __m512 low, __m512 high) {
  v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
  v = _mm512_min_ps(_mm512_max_ps(v, low), high);
  return _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/// The saturated low bytes of 64 values given as int16, [0 .. 15, 16 .. 31] in quarters and [32 .. 63] likewise, in
/// order.
OCTAVO_INLINE __m512i restore_order(__m512i bytes) {
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), bytes);
}

}  // namespace
}  // namespace octavo
