// Exact sums with AVX-512: 16 values a step in two vectors of doubles.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/sums/sums_parts_scalar.h"

namespace octavo {
namespace {

/// Sums of eight lanes.
struct LaneSums {
  __m512d sum, high, low;

  explicit LaneSums(double start) : sum(_mm512_setzero_pd()), high(_mm512_set1_pd(start)), low(_mm512_setzero_pd()) {}
  OCTAVO_INLINE void add(__m256 values) {
    const __m512d x = _mm512_cvtps_pd(values), square = _mm512_mul_pd(x, x), next = _mm512_add_pd(high, square);
    sum = _mm512_add_pd(sum, x);
    low = _mm512_add_pd(low, _mm512_sub_pd(square, _mm512_sub_pd(next, high)));
    high = next;
  }
};

/// Of two sets of lanes; no addition rounds.
inline double total_of(__m512d a, __m512d b, double start) {
  const __m512d from = _mm512_set1_pd(start);
  return _mm512_reduce_add_pd(_mm512_add_pd(_mm512_sub_pd(a, from), _mm512_sub_pd(b, from)));
}

struct PartLanes {
  const __m512 window;
  LaneSums first, second;
  float* left_over;
  size_t left = 0;

  PartLanes(const PartPlan& plan, float* rest)
      : window(_mm512_set1_ps(plan.window)), first(plan.start), second(plan.start), left_over(rest) {}
  OCTAVO_INLINE void add(__m512 value) {
    const __mmask16 not_zero = _mm512_test_epi32_mask(_mm512_castps_si512(value), _mm512_set1_epi32(0x7FFFFFFF));
    const __mmask16 small = _mm512_mask_cmp_ps_mask(not_zero, _mm512_abs_ps(value), window, _CMP_LT_OQ);
    if (small != 0) {
      _mm512_mask_compressstoreu_ps(left_over + left, small, value);
      left += static_cast<size_t>(_mm_popcnt_u32(small));
      value = _mm512_maskz_mov_ps(static_cast<__mmask16>(~small), value);
    }
    first.add(_mm512_castps512_ps256(value));
    second.add(_mm512_extractf32x8_ps(value, 1));
  }
};

PartSums add_part(const float* x, size_t count, const PartPlan& plan, float* left_over) {
  PartLanes part(plan, left_over);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) part.add(_mm512_loadu_ps(x + i));
  if (i < count) part.add(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << (count - i)) - 1), x + i));
  return {total_of(part.first.sum, part.second.sum, 0), total_of(part.first.high, part.second.high, plan.start),
          total_of(part.first.low, part.second.low, 0), part.left};
}

}  // namespace

const SumsKernel kSumsAvx512vnni = {add_in_parts<add_part>};

}  // namespace octavo
