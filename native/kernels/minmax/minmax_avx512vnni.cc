// Ranges with AVX-512, 16 values a step; tails are masked.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline __mmask16 mask_of(size_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << count) - 1);
}

inline size_t count_bits(__mmask16 mask) { return static_cast<size_t>(_mm_popcnt_u32(mask)); }

inline __mmask16 finite_lanes(__m512 x) {
  return _mm512_cmp_ps_mask(_mm512_abs_ps(x), _mm512_set1_ps(FLT_MAX), _CMP_LE_OQ);
}

/// Counts what is not finite among the lanes of `mask`.
inline void count_others(__m512 x, __mmask16 mask, MinMax& counts) {
  const size_t nan = count_bits(_mm512_mask_cmp_ps_mask(mask, x, x, _CMP_UNORD_Q));
  counts.nan_count += nan;
  counts.infinity_count += count_bits(static_cast<__mmask16>(mask & ~finite_lanes(x))) - nan;
}

inline __m512 plus_zero(__m512 x) { return _mm512_add_ps(x, _mm512_setzero_ps()); }

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  __m512 min[4], max[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    min[u] = _mm512_set1_ps(range.min);
    max[u] = _mm512_set1_ps(range.max);
  });
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    __mmask16 finite[4];
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const __m512 value = plus_zero(_mm512_loadu_ps(x + i + 16 * u));
      finite[u] = finite_lanes(value);
      min[u] = _mm512_mask_min_ps(min[u], finite[u], min[u], value);
      max[u] = _mm512_mask_max_ps(max[u], finite[u], max[u], value);
    });
    if ((finite[0] & finite[1] & finite[2] & finite[3]) != 0xFFFF)
      for (size_t u = 0; u < 4; ++u) count_others(_mm512_loadu_ps(x + i + 16 * u), 0xFFFF, range);
  }
  for (; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 value = plus_zero(_mm512_maskz_loadu_ps(mask, x + i));
    const __mmask16 finite = static_cast<__mmask16>(mask & finite_lanes(value));
    min[0] = _mm512_mask_min_ps(min[0], finite, min[0], value);
    max[0] = _mm512_mask_max_ps(max[0], finite, max[0], value);
    if (finite != mask) count_others(value, mask, range);
  }
  range.min = _mm512_reduce_min_ps(_mm512_min_ps(_mm512_min_ps(min[0], min[1]), _mm512_min_ps(min[2], min[3])));
  range.max = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(max[0], max[1]), _mm512_max_ps(max[2], max[3])));
  return range;
}

void minmax_columns(const float* x, float* min, float* max, size_t count, MinMax* total) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 value = plus_zero(_mm512_maskz_loadu_ps(mask, x + i));
    const __mmask16 finite = static_cast<__mmask16>(mask & finite_lanes(value));
    if (finite != mask) count_others(value, mask, *total);
    const __m512 low = _mm512_maskz_loadu_ps(mask, min + i), high = _mm512_maskz_loadu_ps(mask, max + i);
    _mm512_mask_storeu_ps(min + i, mask, _mm512_mask_min_ps(low, finite, low, value));
    _mm512_mask_storeu_ps(max + i, mask, _mm512_mask_max_ps(high, finite, high, value));
  }
}

}  // namespace

const MinMaxKernel kMinMaxAvx512vnni = {minmax_uniform, minmax_columns};

}  // namespace octavo
