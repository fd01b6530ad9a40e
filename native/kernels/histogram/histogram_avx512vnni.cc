// Histogram with AVX-512: bin numbers of 16 values at once, then 16 counters. Groups with a value outside the bins, and
// tails, go through the scalar definition.
#include <immintrin.h>

#include "kernels/histogram/histogram_scalar.h"
#include "kernels/histogram/histogram_ways_scalar.h"

namespace octavo {
namespace {

/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in values.
constexpr size_t kAhead = 4096, kPageValues = 1024;

template <typename Counters>
void add_values(const float* x, size_t count, Counters& counters, Histogram* histogram) {
  Histogram h = *histogram;
  const __m512 scale = _mm512_set1_ps(h.bins_per_unit), limit = _mm512_set1_ps(static_cast<float>(h.half_bins));
  const __m512i origin = _mm512_set1_epi32(static_cast<int>(h.half_bins)), ones = _mm512_set1_epi32(-1);
  alignas(64) uint32_t bins[16];
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    const __m512 value = _mm512_loadu_ps(x + i);
    const __m512 bin = _mm512_mul_ps(_mm512_abs_ps(value), scale);
    if (_mm512_cmp_ps_mask(bin, limit, _CMP_LT_OQ) != 0xFFFF) {
      for (size_t j = i; j < i + 16; ++j) count_value(x[j], &h);
      continue;
    }
    const __m512i index = _mm512_cvttps_epi32(bin);
    const __mmask16 negative = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ);
    const __m512i mirrored = _mm512_mask_xor_epi32(index, negative, index, ones);
    _mm512_store_si512(bins, _mm512_add_epi32(mirrored, origin));
#pragma GCC unroll 16
    for (size_t j = 0; j < 16; ++j) counters.count(j, bins[j]);
  }
  for (; i < count; ++i) count_value(x[i], &h);
  *histogram = h;
}

void histogram_add(const float* x, size_t count, Histogram* histogram) {
  with_counters(x, count, histogram, [](const float* values, size_t n, auto& counters, Histogram* target) {
    add_values(values, n, counters, target);
  });
}

}  // namespace

const HistogramKernel kHistogramAvx512vnni = {histogram_add};

}  // namespace octavo
