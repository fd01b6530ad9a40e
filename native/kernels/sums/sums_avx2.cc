// Exact sums with AVX2: 8 values a step in two vectors of doubles.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/sums/sums_parts_scalar.h"

namespace octavo {
namespace {

/// Sums of four lanes.
struct LaneSums {
  __m256d sum, high, low;

  explicit LaneSums(double start) : sum(_mm256_setzero_pd()), high(_mm256_set1_pd(start)), low(_mm256_setzero_pd()) {}
  OCTAVO_INLINE void add(__m128 values) {
    const __m256d x = _mm256_cvtps_pd(values), square = _mm256_mul_pd(x, x), next = _mm256_add_pd(high, square);
    sum = _mm256_add_pd(sum, x);
    low = _mm256_add_pd(low, _mm256_sub_pd(square, _mm256_sub_pd(next, high)));
    high = next;
  }
};

/// Of two sets of lanes; no addition rounds.
inline double total_of(__m256d a, __m256d b, double start) {
  const __m256d from = _mm256_set1_pd(start);
  double lanes[4];
  _mm256_storeu_pd(lanes, _mm256_add_pd(_mm256_sub_pd(a, from), _mm256_sub_pd(b, from)));
  return lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
}

struct PartLanes {
  const __m256 window;
  LaneSums first, second;
  float* left_over;
  size_t left = 0;

  PartLanes(const PartPlan& plan, float* rest)
      : window(_mm256_set1_ps(plan.window)), first(plan.start), second(plan.start), left_over(rest) {}
  OCTAVO_INLINE void add(__m256 value) {
    const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), value);
    const __m256 small = _mm256_and_ps(_mm256_cmp_ps(magnitude, window, _CMP_LT_OQ),
                                       _mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_NEQ_OQ));
    const auto lanes = static_cast<size_t>(_mm256_movemask_ps(small));
    if (lanes != 0) {
      float values[8];
      _mm256_storeu_ps(values, value);
      for (size_t lane = 0; lane < 8; ++lane) {  // without branches that nobody can foretell
        left_over[left] = values[lane];
        left += lanes >> lane & 1;
      }
      value = _mm256_andnot_ps(small, value);
    }
    first.add(_mm256_castps256_ps128(value));
    second.add(_mm256_extractf128_ps(value, 1));
  }
};

PartSums add_part(const float* x, size_t count, const PartPlan& plan, float* left_over) {
  PartLanes part(plan, left_over);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) part.add(_mm256_loadu_ps(x + i));
  if (i < count) {
    float tail[8] = {};  // zeros add nothing
    std::memcpy(tail, x + i, (count - i) * sizeof(float));
    part.add(_mm256_loadu_ps(tail));
  }
  return {total_of(part.first.sum, part.second.sum, 0), total_of(part.first.high, part.second.high, plan.start),
          total_of(part.first.low, part.second.low, 0), part.left};
}

}  // namespace

const SumsKernel kSumsAvx2 = {add_in_parts<add_part>};

}  // namespace octavo
