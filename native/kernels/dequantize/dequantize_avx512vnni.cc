// Dequantization with AVX-512, 16 values a step; tails are masked.
#include <immintrin.h>

#include "kernels/dequantize/dequantize.h"

namespace octavo {
namespace {

inline __mmask16 mask_of(size_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << count) - 1);
}

inline __m512i load_bytes(const uint8_t* q, __mmask16 mask, bool is_signed) {
  const __m128i bytes = _mm_maskz_loadu_epi8(mask, q);
  return is_signed ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, float scale, int32_t zero_point, bool is_signed) {
  const __m512 factor = _mm512_set1_ps(scale);
  const __m512i offset = _mm512_set1_epi32(zero_point);
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 v = _mm512_cvtepi32_ps(_mm512_sub_epi32(load_bytes(q + i, mask, is_signed), offset));
    _mm512_mask_storeu_ps(x + i, mask, _mm512_mul_ps(v, factor));
  }
}

void dequantize_columns(const uint8_t* q, float* x, size_t count, const float* scale, const int32_t* zero_point,
                        bool is_signed) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512i offset = _mm512_maskz_loadu_epi32(mask, zero_point + i);
    const __m512 v = _mm512_cvtepi32_ps(_mm512_sub_epi32(load_bytes(q + i, mask, is_signed), offset));
    _mm512_mask_storeu_ps(x + i, mask, _mm512_mul_ps(v, _mm512_maskz_loadu_ps(mask, scale + i)));
  }
}

}  // namespace

const DequantizeKernel kDequantizeAvx512vnni = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
