// Ranges with AVX2, 8 values a step; tails go through the scalar definition.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in values.
constexpr size_t kAhead = 4096, kPageValues = 1024;

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

void minmax_row(const float* x, const ColumnRanges& ranges, MinMax* total) {
  const auto [min, max, count] = ranges;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    const __m256 value = load_plus_zero(x + i), finite = sort_out(value, *total);
    const __m256 low = _mm256_loadu_ps(min + i), high = _mm256_loadu_ps(max + i);
    _mm256_storeu_ps(min + i, _mm256_min_ps(low, _mm256_blendv_ps(low, value, finite)));
    _mm256_storeu_ps(max + i, _mm256_max_ps(high, _mm256_blendv_ps(high, value, finite)));
  }
  for (; i < count; ++i) widen_range(x[i], min[i], max[i], *total);
}

/// Ranges of eight lanes, all at a time.
void take_lanes(const float (&min)[8], const float (&max)[8], MinMax& range) {
  for (size_t lane = 0; lane < 8; ++lane) {
    range.min = min[lane] < range.min ? min[lane] : range.min;
    range.max = max[lane] > range.max ? max[lane] : range.max;
  }
}

void take_values(const float* x, size_t count, MinMax& range) {
  float min[8], max[8];
  for (size_t lane = 0; lane < 8; ++lane) min[lane] = range.min, max[lane] = range.max;
  size_t i = 0;
  for (; i + 8 <= count; i += 8) minmax_row(x + i, {min, max, 8}, &range);
  take_lanes(min, max, range);
  for (; i < count; ++i) widen_range(x[i], range.min, range.max, range);
}

constexpr size_t kBlock = 32, kPartValues = 4096;

/// Whole blocks. What is not finite shows in their largest magnitude: twice the bits of values are in order of these.
void take_part(const float* x, size_t count, MinMax& range) {
  const __m256 none_min = _mm256_set1_ps(HUGE_VALF), none_max = _mm256_set1_ps(-HUGE_VALF);
  __m256 min[4] = {none_min, none_min, none_min, none_min}, max[4] = {none_max, none_max, none_max, none_max};
  __m256i largest[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const __m256 value = _mm256_loadu_ps(x + i + 8 * u);
      const __m256i bits = _mm256_castps_si256(value);
      min[u] = _mm256_min_ps(value, min[u]);
      max[u] = _mm256_max_ps(value, max[u]);
      largest[u % 2] = _mm256_max_epu32(largest[u % 2], _mm256_add_epi32(bits, bits));
    });
  }
  const __m256i most = _mm256_max_epu32(largest[0], largest[1]);
  const __m256i bound = _mm256_max_epu32(most, _mm256_set1_epi32(static_cast<int>(0xFF000000)));
  if (_mm256_movemask_epi8(_mm256_cmpeq_epi32(most, bound)) != 0) return take_values(x, count, range);
  float lowest[8], highest[8];
  const __m256 zero = _mm256_setzero_ps();  // adding it leaves no trace of which zero came first
  _mm256_storeu_ps(lowest,
                   _mm256_add_ps(zero, _mm256_min_ps(_mm256_min_ps(min[0], min[1]), _mm256_min_ps(min[2], min[3]))));
  _mm256_storeu_ps(highest,
                   _mm256_add_ps(zero, _mm256_max_ps(_mm256_max_ps(max[0], max[1]), _mm256_max_ps(max[2], max[3]))));
  take_lanes(lowest, highest, range);
}

/// How many of the next values go at once: whole blocks, few enough to go through them twice.
inline size_t part_of(size_t left) { return left < kPartValues ? left / kBlock * kBlock : kPartValues; }

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  const size_t to_line = (0 - reinterpret_cast<uintptr_t>(x)) % 64 / sizeof(float);
  size_t i = to_line < count ? to_line : count;
  take_values(x, i, range);
  for (size_t part; (part = part_of(count - i)) > 0; i += part) take_part(x + i, part, range);
  take_values(x + i, count - i, range);
  return range;
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) minmax_row(x + r * ranges.count, ranges, total);
}

}  // namespace

const MinMaxKernel kMinMaxAvx2 = {minmax_uniform, minmax_columns};

}  // namespace octavo
