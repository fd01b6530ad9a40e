// Histogram with AVX2: bin numbers of 8 values at once, then 8 counters. Groups with a value outside the bins, and
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
  const __m256 scale = _mm256_set1_ps(h.bins_per_unit), limit = _mm256_set1_ps(static_cast<float>(h.half_bins));
  const __m256i origin = _mm256_set1_epi32(static_cast<int>(h.half_bins));
  alignas(32) uint32_t bins[8];
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    const __m256 value = _mm256_loadu_ps(x + i);
    const __m256 bin = _mm256_mul_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0f), value), scale);
    if (_mm256_movemask_ps(_mm256_cmp_ps(bin, limit, _CMP_LT_OQ)) != 0xFF) {
      for (size_t j = i; j < i + 8; ++j) count_value(x[j], &h);
      continue;
    }
    const __m256i negative = _mm256_castps_si256(_mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_LT_OQ));
    const __m256i mirrored = _mm256_xor_si256(_mm256_cvttps_epi32(bin), negative);
    _mm256_store_si256(reinterpret_cast<__m256i*>(bins), _mm256_add_epi32(mirrored, origin));
#pragma GCC unroll 8
    for (size_t j = 0; j < 8; ++j) counters.count(j, bins[j]);
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

const HistogramKernel kHistogramAvx2 = {histogram_add};

}  // namespace octavo
