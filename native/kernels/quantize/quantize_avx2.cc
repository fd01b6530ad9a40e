// Quantization with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include <cstring>

#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

/// clamp(v, low, high) rounded half to even; NaN as 0.
inline __m256i clamp_and_round(__m256 v, __m256 low, __m256 high) {
  v = _mm256_and_ps(v, _mm256_cmp_ps(v, v, _CMP_ORD_Q));
  v = _mm256_min_ps(_mm256_max_ps(v, low), high);
  return _mm256_cvtps_epi32(_mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

/// Stores the low bytes of 8 values.
inline void store_bytes(uint8_t* q, __m256i values) {
  const __m256i order = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,  //
                                         0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i bytes = _mm256_shuffle_epi8(values, order);
  const __m128i joined = _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(q), joined);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range) {
  const __m256 divisor = _mm256_set1_ps(scale);
  const __m256 low = _mm256_set1_ps(static_cast<float>(range.low - zero_point));
  const __m256 high = _mm256_set1_ps(static_cast<float>(range.high - zero_point));
  const __m256i offset = _mm256_set1_epi32(zero_point);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_div_ps(_mm256_loadu_ps(x + i), divisor);
    store_bytes(q + i, _mm256_add_epi32(clamp_and_round(v, low, high), offset));
  }
  for (; i < count; ++i) q[i] = quantize_value(x[i], scale, zero_point, range);
}

void quantize_columns(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                      QuantizeRange range) {
  const __m256i range_low = _mm256_set1_epi32(range.low), range_high = _mm256_set1_epi32(range.high);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i offset = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(zero_point + i));
    const __m256 low = _mm256_cvtepi32_ps(_mm256_sub_epi32(range_low, offset));
    const __m256 high = _mm256_cvtepi32_ps(_mm256_sub_epi32(range_high, offset));
    const __m256 v = _mm256_div_ps(_mm256_loadu_ps(x + i), _mm256_loadu_ps(scale + i));
    store_bytes(q + i, _mm256_add_epi32(clamp_and_round(v, low, high), offset));
  }
  for (; i < count; ++i) q[i] = quantize_value(x[i], scale[i], zero_point[i], range);
}

float find_absmax(const float* x, size_t count) {
  const __m256 sign = _mm256_set1_ps(-0.0f), largest = _mm256_set1_ps(FLT_MAX);
  __m256 absmax = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 magnitude = _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i));
    const __m256 finite = _mm256_cmp_ps(magnitude, largest, _CMP_LE_OQ);
    absmax = _mm256_max_ps(absmax, _mm256_and_ps(magnitude, finite));
  }
  float lanes[8], result = 0.0f;
  _mm256_storeu_ps(lanes, absmax);
  for (const float lane : lanes) result = absmax_value(result, lane);
  for (; i < count; ++i) result = absmax_value(result, x[i]);
  return result;
}

float quantize_row(const float* x, uint8_t* q, size_t count) {
  const float absmax = find_absmax(x, count), inverse = row_inverse(absmax);
  const __m256 factor = _mm256_set1_ps(inverse);
  const __m256 low = _mm256_set1_ps(-127.0f), high = _mm256_set1_ps(127.0f);
  const __m256i offset = _mm256_set1_epi32(128);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x + i), factor);
    store_bytes(q + i, _mm256_add_epi32(clamp_and_round(v, low, high), offset));
  }
  for (; i < count; ++i) q[i] = quantize_row_value(x[i], inverse);
  return absmax / 127.0f;
}

}  // namespace

const QuantizeKernel kQuantizeAvx2 = {quantize_uniform, quantize_columns, quantize_row};

}  // namespace octavo
