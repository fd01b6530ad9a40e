// Quantization with AVX-512, 16 values a step; the last step is masked.
#include <immintrin.h>

#include <cstring>

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

void quantize_uniform(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range) {
  const __m512 divisor = _mm512_set1_ps(scale);
  const __m512 low = _mm512_set1_ps(static_cast<float>(range.low - zero_point));
  const __m512 high = _mm512_set1_ps(static_cast<float>(range.high - zero_point));
  const __m512i offset = _mm512_set1_epi32(zero_point);
  for_lanes(count, [=](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512i rounded = clamp_and_round(_mm512_div_ps(lanes.load(x + i), divisor), low, high);
    lanes.store_bytes(q + i, _mm512_add_epi32(rounded, offset));
  });
}

void quantize_columns(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                      QuantizeRange range) {
  const __m512i range_low = _mm512_set1_epi32(range.low), range_high = _mm512_set1_epi32(range.high);
  for_lanes(count, [=](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512i offset = lanes.load(zero_point + i);
    const __m512 low = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_low, offset));
    const __m512 high = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_high, offset));
    const __m512i rounded = clamp_and_round(_mm512_div_ps(lanes.load(x + i), lanes.load(scale + i)), low, high);
    lanes.store_bytes(q + i, _mm512_add_epi32(rounded, offset));
  });
}

/// The largest magnitude among 16 values of each of four accumulators, as bits.
uint32_t largest_magnitude_bits(const float* x, size_t count) {
  const __m512i magnitude = _mm512_set1_epi32(0x7FFFFFFF);
  __m512i largest[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
  const auto take = [&](auto u, __m512 values) OCTAVO_INLINE_LAMBDA {
    largest[u] = _mm512_max_epu32(largest[u], _mm512_and_si512(_mm512_castps_si512(values), magnitude));
  };
  size_t i = 0;
  for (; i + 64 <= count; i += 64)
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { take(u, _mm512_loadu_ps(x + i + 16 * u)); });
  for_lanes(count - i, [&](size_t j, auto lanes)
                           OCTAVO_INLINE_LAMBDA { take(std::integral_constant<int, 0>{}, lanes.load(x + i + j)); });
  return _mm512_reduce_max_epu32(
      _mm512_max_epu32(_mm512_max_epu32(largest[0], largest[1]), _mm512_max_epu32(largest[2], largest[3])));
}

float find_absmax(const float* x, size_t count) {
  const __m512 largest = _mm512_set1_ps(FLT_MAX);
  __m512 absmax = _mm512_setzero_ps();
  for_lanes(count, [&](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512 magnitude = _mm512_abs_ps(lanes.load(x + i));
    absmax = _mm512_mask_max_ps(absmax, _mm512_cmp_ps_mask(magnitude, largest, _CMP_LE_OQ), absmax, magnitude);
  });
  return _mm512_reduce_max_ps(absmax);
}

/// A row that holds infinities or NaN.
RowResult quantize_special_row(const float* x, uint8_t* q, size_t count) {
  const float absmax = find_absmax(x, count);
  const __m512 inverse = _mm512_set1_ps(row_inverse(absmax));
  const __m512 low = _mm512_set1_ps(-127.0f), high = _mm512_set1_ps(127.0f);
  const __m512i offset = _mm512_set1_epi32(128);
  __m512i sum = _mm512_setzero_si512();
  for_lanes(count, [&](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512i rounded = clamp_and_round(_mm512_mul_ps(lanes.load(x + i), inverse), low, high);
    sum = _mm512_add_epi32(sum, rounded);
    lanes.store_bytes(q + i, _mm512_add_epi32(rounded, offset));
  });
  return {absmax, 128 * static_cast<uint32_t>(count) + static_cast<uint32_t>(_mm512_reduce_add_epi32(sum))};
}

/// The saturated low bytes of 64 values, in order.
OCTAVO_INLINE __m512i pack_bytes(const __m512i (&v)[4]) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  const __m512i packed = _mm512_packs_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
  return _mm512_permutexvar_epi32(order, packed);
}

/// Quantizes a row whose target has room for whole lines; meanwhile the row at `next` comes closer.
RowResult quantize_row(const float* x, uint8_t* q, size_t count, const float* next) {
  const uint32_t bits = largest_magnitude_bits(x, count);
  if (bits >= kInfinityBits) return quantize_special_row(x, q, count);
  float absmax;
  std::memcpy(&absmax, &bits, sizeof absmax);
  // Finite values times the inverse are within 127 and one rounding: nothing is left to clamp.
  const __m512 inverse = _mm512_set1_ps(row_inverse(absmax));
  const __m512i flip = _mm512_set1_epi8(static_cast<char>(0x80)), ones = _mm512_set1_epi8(1);
  const auto quantize = [=](auto&& load) OCTAVO_INLINE_LAMBDA {
    __m512i values[4];
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { values[u] = _mm512_cvtps_epi32(_mm512_mul_ps(load(u), inverse)); });
    return _mm512_xor_si512(pack_bytes(values), flip);
  };
  __m512i sum = _mm512_setzero_si512();
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    const __m512i bytes = quantize([=](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_loadu_ps(x + i + 16 * u); });
    sum = _mm512_dpbusd_epi32(sum, bytes, ones);
    _mm512_store_si512(q + i, bytes);
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      _mm_prefetch(reinterpret_cast<const char*>(next + i + 16 * u), _MM_HINT_T0);
    });
  }
  if (i < count) {
    const __mmask64 mask = (static_cast<__mmask64>(1) << (count - i)) - 1;
    const __m512i bytes = quantize([=](auto u) OCTAVO_INLINE_LAMBDA {
      return _mm512_maskz_loadu_ps(static_cast<__mmask16>(mask >> (16 * u)), x + i + 16 * u);
    });
    const __m512i last = _mm512_maskz_mov_epi8(mask, bytes);
    sum = _mm512_dpbusd_epi32(sum, last, ones);
    _mm512_store_si512(q + i, last);
  }
  return {absmax, static_cast<uint32_t>(_mm512_reduce_add_epi32(sum))};
}

void quantize_rows(const FloatRows& x, const QuantizedRows& q) {
  for (size_t r = 0; r < x.rows; ++r) {
    const float* row = x.first + r * x.stride;
    finish_row(x, q, r, quantize_row(row, q.first + r * q.stride_bytes, x.count, row + x.stride));
  }
}

}  // namespace

const QuantizeKernel kQuantizeAvx512vnni = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
