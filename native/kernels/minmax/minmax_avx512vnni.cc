// Ranges with AVX-512, 16 values a step; tails are masked.
#include <immintrin.h>

#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline __mmask16 mask_of(size_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << count) - 1);
}

inline size_t count_bits(__mmask16 mask) { return static_cast<size_t>(_mm_popcnt_u32(mask)); }

/// Which of `mask` are finite; the others are counted.
inline __mmask16 sort_out(__m512 x, __mmask16 mask, MinMax& counts) {
  const __mmask16 finite = _mm512_mask_cmp_ps_mask(mask, _mm512_abs_ps(x), _mm512_set1_ps(FLT_MAX), _CMP_LE_OQ);
  if (finite != mask) {
    const __mmask16 nan = _mm512_mask_cmp_ps_mask(mask, x, x, _CMP_UNORD_Q);
    counts.nan_count += count_bits(nan);
    counts.infinity_count += count_bits(mask) - count_bits(finite) - count_bits(nan);
  }
  return finite;
}

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  __m512 min[4], max[4];
  for (size_t u = 0; u < 4; ++u) min[u] = _mm512_set1_ps(range.min), max[u] = _mm512_set1_ps(range.max);
  for (size_t i = 0; i < count; i += 64) {
    for (size_t u = 0; u < 4 && i + 16 * u < count; ++u) {
      const __mmask16 mask = mask_of(count - i - 16 * u);
      const __m512 value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, x + i + 16 * u), _mm512_setzero_ps());
      const __mmask16 finite = sort_out(value, mask, range);
      min[u] = _mm512_mask_min_ps(min[u], finite, min[u], value);
      max[u] = _mm512_mask_max_ps(max[u], finite, max[u], value);
    }
  }
  range.min = _mm512_reduce_min_ps(_mm512_min_ps(_mm512_min_ps(min[0], min[1]), _mm512_min_ps(min[2], min[3])));
  range.max = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(max[0], max[1]), _mm512_max_ps(max[2], max[3])));
  return range;
}

void minmax_columns(const float* x, float* min, float* max, size_t count, MinMax* total) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 value = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, x + i), _mm512_setzero_ps());
    const __mmask16 finite = sort_out(value, mask, *total);
    const __m512 low = _mm512_maskz_loadu_ps(mask, min + i), high = _mm512_maskz_loadu_ps(mask, max + i);
    _mm512_mask_storeu_ps(min + i, mask, _mm512_mask_min_ps(low, finite, low, value));
    _mm512_mask_storeu_ps(max + i, mask, _mm512_mask_max_ps(high, finite, high, value));
  }
}

}  // namespace

const MinMaxKernel kMinMaxAvx512vnni = {minmax_uniform, minmax_columns};

}  // namespace octavo
