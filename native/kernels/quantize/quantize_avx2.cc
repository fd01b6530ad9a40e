// Quantization with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
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

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const auto [scale, zero_point, range, streamed] = params;
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

void quantize_row_of_columns(const float* x, uint8_t* q, const ColumnParams& params) {
  const auto [scale, zero_point, count, range] = params;
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

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  for (size_t r = 0; r < rows; ++r) quantize_row_of_columns(x + r * params.count, q + r * params.count, params);
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

/// The sum of all lanes and of both halves' unsigned bytes that `vpsadbw` has added up.
inline uint32_t add_lanes(__m256i sums) {
  uint64_t lanes[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), sums);
  return static_cast<uint32_t>(lanes[0] + lanes[1] + lanes[2] + lanes[3]);
}

/// The largest magnitude as bits; those of what is not finite are above those of all that is.
uint32_t largest_magnitude_bits(const float* x, size_t count) {
  const __m256i magnitude = _mm256_set1_epi32(0x7FFFFFFF);
  __m256i largest[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()};
  size_t i = 0;
  for (; i + 32 <= count; i += 32)
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i + 8 * u));
      largest[u] = _mm256_max_epu32(largest[u], _mm256_and_si256(bits, magnitude));
    });
  uint32_t lanes[8], result = 0;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), _mm256_max_epu32(_mm256_max_epu32(largest[0], largest[1]),
                                                                          _mm256_max_epu32(largest[2], largest[3])));
  for (const uint32_t lane : lanes) result = lane > result ? lane : result;
  for (; i < count; ++i) {
    uint32_t bits;
    std::memcpy(&bits, x + i, sizeof bits);
    bits &= 0x7FFFFFFF;
    result = bits > result ? bits : result;
  }
  return result;
}

/// The end of a row, from value i on, and all of one that holds infinities or NaN.
RowResult quantize_rest(const float* x, uint8_t* q, size_t count, size_t i, float absmax, uint32_t sum) {
  const float inverse = row_inverse(absmax);
  const __m256 factor = _mm256_set1_ps(inverse);
  const __m256 low = _mm256_set1_ps(-127.0f), high = _mm256_set1_ps(127.0f);
  const __m256i offset = _mm256_set1_epi32(128);
  __m256i sums = _mm256_setzero_si256();
  for (; i + 8 <= count; i += 8) {
    const __m256 v = _mm256_mul_ps(_mm256_loadu_ps(x + i), factor);
    const __m256i values = _mm256_add_epi32(clamp_and_round(v, low, high), offset);
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(values, _mm256_setzero_si256()));
    store_bytes(q + i, values);
  }
  sum += add_lanes(sums);
  for (; i < count; ++i) sum += q[i] = quantize_row_value(x[i], inverse);
  return {absmax, sum};
}

/// The saturated low bytes of 32 values, in order.
OCTAVO_INLINE __m256i pack_bytes(const __m256i (&v)[4]) {
  const __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3]));
  return _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

RowResult quantize_row(const float* x, uint8_t* q, size_t count, const float* next) {
  const uint32_t bits = largest_magnitude_bits(x, count);
  if (bits >= kInfinityBits) return quantize_rest(x, q, count, 0, find_absmax(x, count), 0);
  float absmax;
  std::memcpy(&absmax, &bits, sizeof absmax);
  // Finite values times the inverse are within 127 and one rounding: nothing is left to clamp.
  const __m256 inverse = _mm256_set1_ps(row_inverse(absmax));
  const __m256i flip = _mm256_set1_epi8(static_cast<char>(0x80));
  __m256i sums = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 32 <= count; i += 32) {
    __m256i values[4];
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      values[u] = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + i + 8 * u), inverse));
    });
    unroll<2>([&](auto line) OCTAVO_INLINE_LAMBDA {
      _mm_prefetch(reinterpret_cast<const char*>(next + i + 16 * line), _MM_HINT_T0);
    });
    const __m256i bytes = _mm256_xor_si256(pack_bytes(values), flip);
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q + i), bytes);
  }
  return quantize_rest(x, q, count, i, absmax, add_lanes(sums));
}

void quantize_rows(const FloatRows& x, const QuantizedRows& q) {
  for (size_t r = 0; r < x.rows; ++r) {
    const float* row = x.first + r * x.stride;
    finish_row(x, q, r, quantize_row(row, q.first + r * q.stride_bytes, x.count, row + x.stride));
  }
}

}  // namespace

const QuantizeKernel kQuantizeAvx2 = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
