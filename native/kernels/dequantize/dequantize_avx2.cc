// Dequantization with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include "kernels/dequantize/dequantize_scalar.h"

namespace octavo {
namespace {

inline __m256i load_bytes(const uint8_t* q, bool is_signed) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(q));
  return is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

void dequantize_uniform(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const auto [scale, zero_point, is_signed, streamed] = params;
  const __m256 factor = _mm256_set1_ps(scale);
  const __m256i offset = _mm256_set1_epi32(zero_point);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_cvtepi32_ps(_mm256_sub_epi32(load_bytes(q + i, is_signed), offset));
    _mm256_storeu_ps(x + i, _mm256_mul_ps(v, factor));
  }
  for (; i < count; ++i) x[i] = dequantize_value(q[i], scale, zero_point, is_signed);
}

void dequantize_row_of_columns(const uint8_t* q, float* x, const DequantizeColumns& params) {
  const auto [scale, zero_point, count, is_signed] = params;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i offset = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(zero_point + i));
    const __m256 v = _mm256_cvtepi32_ps(_mm256_sub_epi32(load_bytes(q + i, is_signed), offset));
    _mm256_storeu_ps(x + i, _mm256_mul_ps(v, _mm256_loadu_ps(scale + i)));
  }
  for (; i < count; ++i) x[i] = dequantize_value(q[i], scale[i], zero_point[i], is_signed);
}

void dequantize_columns(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params) {
  for (size_t r = 0; r < rows; ++r) dequantize_row_of_columns(q + r * params.count, x + r * params.count, params);
}

}  // namespace

const DequantizeKernel kDequantizeAvx2 = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
