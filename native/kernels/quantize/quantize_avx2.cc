// Quantization with AVX2, 32 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/quantize/quantize_fixed_scalar.h"
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

/// The definition, eight values a step.
void divide_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
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

void divide_columns(const float* x, uint8_t* q, const ColumnParams& params) {
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

constexpr size_t kBlock = 32;

/// Quantizes 32 values; not 0 if they must be divided. `factor(u)` and `offset(u)` give the vectors of parameters.
template <bool kSigned, typename Factor, typename Offset>
OCTAVO_INLINE int quantize_block(const float* x, uint8_t* q, const Factor& factor, const Offset& offset) {
  __m256i fixed[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    fixed[u] = _mm256_cvtps_epi32(_mm256_fmadd_ps(_mm256_loadu_ps(x + 8 * u), factor(u), offset(u)));
  });
  const __m256i least = _mm256_min_epu16(_mm256_min_epu16(fixed[0], fixed[1]), _mm256_min_epu16(fixed[2], fixed[3]));
  const __m256i in_doubt = _mm256_cmpeq_epi16(_mm256_min_epu16(least, _mm256_set1_epi16(2 * kDoubt - 1)), least);
  // The integers, alternating between two vectors; then four of each vector in turn; then in order.
  const __m256i first = _mm256_blend_epi16(_mm256_srli_epi32(fixed[0], 16), fixed[1], 0xAA);
  const __m256i second = _mm256_blend_epi16(_mm256_srli_epi32(fixed[2], 16), fixed[3], 0xAA);
  const __m256i fours = _mm256_setr_epi8(0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15,  //
                                         0, 2, 4, 6, 1, 3, 5, 7, 8, 10, 12, 14, 9, 11, 13, 15);
  const __m256i bytes = kSigned ? _mm256_packs_epi16(first, second) : _mm256_packus_epi16(first, second);
  const __m256i ordered =
      _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(bytes, fours), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), ordered);
  return _mm256_movemask_epi8(in_doubt) & 0x33333333;  // of the low words
}

OCTAVO_INLINE void touch_ahead(const void* at) {
  _mm_prefetch(static_cast<const char*>(at) + kAheadBytes, _MM_HINT_T0);
}

/// Whole blocks. A block in doubt is divided one block later: by then it is known to be, and nothing waits for that.
template <bool kSigned>
void quantize_blocks(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const __m256 factor = _mm256_set1_ps(fixed_factor(params.scale));
  const __m256 offset = _mm256_set1_ps(fixed_offset(params.zero_point));
  int before = 0;
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const int in_doubt = quantize_block<kSigned>(
        x + i, q + i, [=](auto) OCTAVO_INLINE_LAMBDA { return factor; },
        [=](auto) OCTAVO_INLINE_LAMBDA { return offset; });
    if (before != 0) divide_uniform(x + i - kBlock, q + i - kBlock, kBlock, params);
    before = in_doubt;
  }
  if (before != 0) divide_uniform(x + count - kBlock, q + count - kBlock, kBlock, params);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  if (!is_whole_type(params.range)) return divide_uniform(x, q, count, params);
  const size_t to_line = values_to_line(x), first = to_line < count ? to_line : count;
  const size_t whole = (count - first) / kBlock * kBlock, last = first + whole;
  divide_uniform(x, q, first, params);
  (params.range.low < 0 ? quantize_blocks<true> : quantize_blocks<false>)(x + first, q + first, whole, params);
  divide_uniform(x + last, q + last, count - last, params);
}

/// Some columns of one row; what is left of whole blocks is divided.
template <bool kSigned>
void quantize_row_of_columns(const float* x, uint8_t* q, const FixedColumns& columns, const ColumnParams& params) {
  const auto divide = [&](size_t i, size_t count) {
    const size_t c = columns.first + i;
    divide_columns(x + i, q + i, {params.scale + c, params.zero_point + c, count, params.range});
  };
  size_t i = 0;
  for (; i + kBlock <= columns.count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const int in_doubt = quantize_block<kSigned>(
        x + i, q + i, [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm256_load_ps(columns.factor + i + 8 * u); },
        [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm256_load_ps(columns.offset + i + 8 * u); });
    if (in_doubt != 0) divide(i, kBlock);
  }
  divide(i, columns.count - i);
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  if (!is_whole_type(params.range)) {
    for (size_t r = 0; r < rows; ++r) divide_columns(x + r * params.count, q + r * params.count, params);
    return;
  }
  const auto quantize_row = params.range.low < 0 ? quantize_row_of_columns<true> : quantize_row_of_columns<false>;
  FixedColumns columns;
  while (columns.next(params))
    for (size_t r = 0; r < rows; ++r) {
      const size_t at = r * params.count + columns.first;
      quantize_row(x + at, q + at, columns, params);
    }
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
