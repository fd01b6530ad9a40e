// Quantization with AVX-512, 16 values a step; tails are masked.
#include <immintrin.h>

#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

inline __mmask16 mask_of(size_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << count) - 1);
}

/// clamp(v, low, high) rounded half to even; NaN as 0.
inline __m512i clamp_and_round(__m512 v, __m512 low, __m512 high) {
  v = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(v, v, _CMP_ORD_Q), v);
  v = _mm512_min_ps(_mm512_max_ps(v, low), high);
  return _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

inline void store_bytes(uint8_t* q, __mmask16 mask, __m512i values) {
  _mm_mask_storeu_epi8(q, mask, _mm512_cvtepi32_epi8(values));
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range) {
  const __m512 divisor = _mm512_set1_ps(scale);
  const __m512 low = _mm512_set1_ps(static_cast<float>(range.low - zero_point));
  const __m512 high = _mm512_set1_ps(static_cast<float>(range.high - zero_point));
  const __m512i offset = _mm512_set1_epi32(zero_point);
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 v = _mm512_div_ps(_mm512_maskz_loadu_ps(mask, x + i), divisor);
    store_bytes(q + i, mask, _mm512_add_epi32(clamp_and_round(v, low, high), offset));
  }
}

void quantize_columns(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                      QuantizeRange range) {
  const __m512i range_low = _mm512_set1_epi32(range.low), range_high = _mm512_set1_epi32(range.high);
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512i offset = _mm512_maskz_loadu_epi32(mask, zero_point + i);
    const __m512 low = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_low, offset));
    const __m512 high = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_high, offset));
    const __m512 v = _mm512_div_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_maskz_loadu_ps(mask, scale + i));
    store_bytes(q + i, mask, _mm512_add_epi32(clamp_and_round(v, low, high), offset));
  }
}

float find_absmax(const float* x, size_t count) {
  const __m512 largest = _mm512_set1_ps(FLT_MAX);
  __m512 absmax = _mm512_setzero_ps();
  for (size_t i = 0; i < count; i += 16) {
    const __m512 magnitude = _mm512_abs_ps(_mm512_maskz_loadu_ps(mask_of(count - i), x + i));
    const __mmask16 finite = _mm512_cmp_ps_mask(magnitude, largest, _CMP_LE_OQ);
    absmax = _mm512_mask_max_ps(absmax, finite, absmax, magnitude);
  }
  return _mm512_reduce_max_ps(absmax);
}

float quantize_row(const float* x, uint8_t* q, size_t count) {
  const float absmax = find_absmax(x, count);
  const __m512 inverse = _mm512_set1_ps(row_inverse(absmax));
  const __m512 low = _mm512_set1_ps(-127.0f), high = _mm512_set1_ps(127.0f);
  const __m512i offset = _mm512_set1_epi32(128);
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), inverse);
    store_bytes(q + i, mask, _mm512_add_epi32(clamp_and_round(v, low, high), offset));
  }
  return absmax / 127.0f;
}

}  // namespace

const QuantizeKernel kQuantizeAvx512vnni = {quantize_uniform, quantize_columns, quantize_row};

}  // namespace octavo
