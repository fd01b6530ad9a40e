// Dequantization with AVX-512, 16 values a step; the last step is masked.
#include <immintrin.h>

#include "kernels/dequantize/dequantize.h"

namespace octavo {
namespace {

inline __mmask16 mask_of(size_t count) { return static_cast<__mmask16>((1u << count) - 1); }

inline __m512i widen(__m128i bytes, bool is_signed) {
  return is_signed ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}

inline __m512 dequantize_lanes(__m512i q, __m512i offset, __m512 scale) {
  return _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_sub_epi32(q, offset)), scale);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, float scale, int32_t zero_point, bool is_signed) {
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512i offset = _mm512_set1_epi32(zero_point);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(q + i));
    _mm512_storeu_ps(x + i, dequantize_lanes(widen(bytes, is_signed), offset, factor));
  }
  if (i == count) return;
  const __mmask16 mask = mask_of(count - i);
  const __m512i last = widen(_mm_maskz_loadu_epi8(mask, q + i), is_signed);
  _mm512_mask_storeu_ps(x + i, mask, dequantize_lanes(last, offset, factor));
}

void dequantize_columns(const uint8_t* q, float* x, size_t count, const float* scale, const int32_t* zero_point,
                        bool is_signed) {
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m512i values = widen(_mm_loadu_si128(reinterpret_cast<const __m128i*>(q + i)), is_signed);
    const __m512i offset = _mm512_loadu_si512(zero_point + i);
    _mm512_storeu_ps(x + i, dequantize_lanes(values, offset, _mm512_loadu_ps(scale + i)));
  }
  if (i == count) return;
  const __mmask16 mask = mask_of(count - i);
  const __m512i last = widen(_mm_maskz_loadu_epi8(mask, q + i), is_signed);
  const __m512i offset = _mm512_maskz_loadu_epi32(mask, zero_point + i);
  _mm512_mask_storeu_ps(x + i, mask, dequantize_lanes(last, offset, _mm512_maskz_loadu_ps(mask, scale + i)));
}

}  // namespace

const DequantizeKernel kDequantizeAvx512vnni = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
