// The dynamic quantizer of rows with AVX-512, 64 values a step.
#pragma once

#include <cstring>

#include "kernels/quantize/quantize_lanes_avx512vnni.h"

namespace octavo {
namespace {

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
    const __m512i bytes =
        _mm512_packs_epi16(_mm512_packs_epi32(values[0], values[1]), _mm512_packs_epi32(values[2], values[3]));
    return _mm512_xor_si512(restore_order(bytes), flip);
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
}  // namespace octavo
