// Ranges with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline size_t count_lanes(__m256 mask) { return static_cast<size_t>(_mm_popcnt_u32(_mm256_movemask_ps(mask))); }

/// All bits of the lanes that are finite; the others are counted.
inline __m256 sort_out(__m256 x, MinMax& counts) {
  const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
  const __m256 finite = _mm256_cmp_ps(magnitude, _mm256_set1_ps(FLT_MAX), _CMP_LE_OQ);
  if (_mm256_movemask_ps(finite) != 0xFF) {
    const size_t nan = count_lanes(_mm256_cmp_ps(x, x, _CMP_UNORD_Q));
    counts.nan_count += nan;
    counts.infinity_count += 8 - count_lanes(finite) - nan;
  }
  return finite;
}

inline __m256 load_plus_zero(const float* x) { return _mm256_add_ps(_mm256_loadu_ps(x), _mm256_setzero_ps()); }

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  const __m256 none_min = _mm256_set1_ps(range.min), none_max = _mm256_set1_ps(range.max);
  __m256 min[4] = {none_min, none_min, none_min, none_min}, max[4] = {none_max, none_max, none_max, none_max};
  size_t i = 0;
  for (; i + 32 <= count; i += 32) {
#pragma GCC unroll 4
    for (size_t u = 0; u < 4; ++u) {
      const __m256 value = load_plus_zero(x + i + 8 * u), finite = sort_out(value, range);
      min[u] = _mm256_min_ps(min[u], _mm256_blendv_ps(none_min, value, finite));
      max[u] = _mm256_max_ps(max[u], _mm256_blendv_ps(none_max, value, finite));
    }
  }
  float lanes[2][8];
  _mm256_storeu_ps(lanes[0], _mm256_min_ps(_mm256_min_ps(min[0], min[1]), _mm256_min_ps(min[2], min[3])));
  _mm256_storeu_ps(lanes[1], _mm256_max_ps(_mm256_max_ps(max[0], max[1]), _mm256_max_ps(max[2], max[3])));
  for (size_t lane = 0; lane < 8; ++lane) {
    range.min = lanes[0][lane] < range.min ? lanes[0][lane] : range.min;
    range.max = lanes[1][lane] > range.max ? lanes[1][lane] : range.max;
  }
  for (; i < count; ++i) widen_range(x[i], range.min, range.max, range);
  return range;
}

void minmax_row(const float* x, const ColumnRanges& ranges, MinMax* total) {
  const auto [min, max, count] = ranges;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 value = load_plus_zero(x + i), finite = sort_out(value, *total);
    const __m256 low = _mm256_loadu_ps(min + i), high = _mm256_loadu_ps(max + i);
    _mm256_storeu_ps(min + i, _mm256_min_ps(low, _mm256_blendv_ps(low, value, finite)));
    _mm256_storeu_ps(max + i, _mm256_max_ps(high, _mm256_blendv_ps(high, value, finite)));
  }
  for (; i < count; ++i) widen_range(x[i], min[i], max[i], *total);
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) minmax_row(x + r * ranges.count, ranges, total);
}

}  // namespace

const MinMaxKernel kMinMaxAvx2 = {minmax_uniform, minmax_columns};

}  // namespace octavo
