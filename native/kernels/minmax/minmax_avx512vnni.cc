// Ranges with AVX-512. What is not finite shows in the largest magnitude of a part of the values; only there are values
// told apart one vector at a time.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

/// Memory comes closer by itself, but only as far as its page goes: one touch for each page, so far ahead, in values.
constexpr size_t kAhead = 4096, kPageValues = 1024;
constexpr size_t kBlock = 64, kPartValues = 4096;

inline __mmask16 mask_of(size_t count) {
  return count >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << count) - 1);
}

inline size_t count_bits(__mmask16 mask) { return static_cast<size_t>(_mm_popcnt_u32(mask)); }

/// The lanes of `mask` that are finite; the others are counted.
inline __mmask16 sort_out(__m512 x, __mmask16 mask, MinMax& counts) {
  const __mmask16 finite = _mm512_mask_cmp_ps_mask(mask, _mm512_abs_ps(x), _mm512_set1_ps(FLT_MAX), _CMP_LE_OQ);
  const size_t nan = count_bits(_mm512_mask_cmp_ps_mask(mask, x, x, _CMP_UNORD_Q));
  counts.nan_count += nan;
  counts.infinity_count += count_bits(static_cast<__mmask16>(mask & ~finite)) - nan;
  return finite;
}

/// Twice the bits of values: their order is that of the magnitudes, and what is not finite comes last.
OCTAVO_INLINE __m512i doubled(__m512 x) { return _mm512_add_epi32(_mm512_castps_si512(x), _mm512_castps_si512(x)); }
OCTAVO_INLINE bool all_finite(__m512i largest) {
  return _mm512_cmpge_epu32_mask(largest, _mm512_set1_epi32(static_cast<int>(0xFF000000))) == 0;
}

struct Bounds {
  __m512 min, max;

  /// NaN leaves both as they are.
  OCTAVO_INLINE void take(__m512 value) {
    min = _mm512_min_ps(value, min);
    max = _mm512_max_ps(value, max);
  }
  OCTAVO_INLINE void take_lanes(__m512 value, __mmask16 lanes) {
    min = _mm512_mask_min_ps(min, lanes, min, value);
    max = _mm512_mask_max_ps(max, lanes, max, value);
  }
  OCTAVO_INLINE void join(const Bounds& other) {
    min = _mm512_min_ps(min, other.min);
    max = _mm512_max_ps(max, other.max);
  }
};

inline Bounds no_bounds() { return {_mm512_set1_ps(HUGE_VALF), _mm512_set1_ps(-HUGE_VALF)}; }

void take_values(const float* x, size_t count, Bounds& bounds, MinMax& counts) {
  for (size_t i = 0; i < count; i += 16) {
    const __mmask16 mask = mask_of(count - i);
    const __m512 value = _mm512_maskz_loadu_ps(mask, x + i);
    bounds.take_lanes(value, sort_out(value, mask, counts));
  }
}

/// Whole blocks.
void take_part(const float* x, size_t count, Bounds& bounds, MinMax& counts) {
  Bounds page[4] = {no_bounds(), no_bounds(), no_bounds(), no_bounds()};
  __m512i largest[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      const __m512 value = _mm512_loadu_ps(x + i + 16 * u);
      page[u].take(value);
      largest[u % 2] = _mm512_max_epu32(largest[u % 2], doubled(value));
    });
  }
  if (!all_finite(_mm512_max_epu32(largest[0], largest[1]))) return take_values(x, count, bounds, counts);
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { bounds.join(page[u]); });
}

/// How many of the next values go at once: whole blocks, few enough to go through them twice.
inline size_t part_of(size_t left) { return left < kPartValues ? left / kBlock * kBlock : kPartValues; }

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  Bounds bounds = no_bounds();
  const size_t to_line = (0 - reinterpret_cast<uintptr_t>(x)) % 64 / sizeof(float);
  size_t i = to_line < count ? to_line : count;
  take_values(x, i, bounds, range);
  for (size_t part; (part = part_of(count - i)) > 0; i += part) take_part(x + i, part, bounds, range);
  take_values(x + i, count - i, bounds, range);
  // Adding 0 leaves no trace of which zero came first.
  range.min = _mm512_reduce_min_ps(_mm512_add_ps(bounds.min, _mm512_setzero_ps()));
  range.max = _mm512_reduce_max_ps(_mm512_add_ps(bounds.max, _mm512_setzero_ps()));
  return range;
}

/// Widens the ranges of a row's first columns, sixteen of them or fewer.
template <bool kWhole>
OCTAVO_INLINE void take_columns(const float* x, float* min, float* max, __mmask16 mask, MinMax& counts) {
  const auto load = [=](const float* from) OCTAVO_INLINE_LAMBDA {
    return kWhole ? _mm512_loadu_ps(from) : _mm512_maskz_loadu_ps(mask, from);
  };
  const __m512 value = _mm512_add_ps(load(x), _mm512_setzero_ps());
  Bounds bounds = {load(min), load(max)};
  if (all_finite(doubled(value)))
    bounds.take(value);
  else
    bounds.take_lanes(value, sort_out(value, mask, counts));
  // Masked stores are slow.
  kWhole ? _mm512_storeu_ps(min, bounds.min) : _mm512_mask_storeu_ps(min, mask, bounds.min);
  kWhole ? _mm512_storeu_ps(max, bounds.max) : _mm512_mask_storeu_ps(max, mask, bounds.max);
}

void take_row(const float* x, const ColumnRanges& ranges, MinMax& counts) {
  size_t i = 0;
  for (; i + 16 <= ranges.count; i += 16) {
    if (i % kPageValues == 0) _mm_prefetch(reinterpret_cast<const char*>(x + i + kAhead), _MM_HINT_T0);
    take_columns<true>(x + i, ranges.min + i, ranges.max + i, 0xFFFF, counts);
  }
  if (i < ranges.count) take_columns<false>(x + i, ranges.min + i, ranges.max + i, mask_of(ranges.count - i), counts);
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) take_row(x + r * ranges.count, ranges, *total);
}

}  // namespace

const MinMaxKernel kMinMaxAvx512vnni = {minmax_uniform, minmax_columns};

}  // namespace octavo
