// Deviations with AVX2: 8 pairs a step in two vectors of doubles.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/deviation/deviation_scalar.h"

namespace octavo {
namespace {

struct HalfLanes {
  __m256d error_squares, x_squares, y_squares, products, largest;
  __m256i clipped;  // minus the count

  OCTAVO_INLINE void add(__m128 x_values, __m128 y_values, DeviationBounds bounds) {
    const __m256d x = _mm256_cvtps_pd(x_values), y = _mm256_cvtps_pd(y_values), error = _mm256_sub_pd(x, y);
    error_squares = _mm256_add_pd(error_squares, _mm256_mul_pd(error, error));
    x_squares = _mm256_add_pd(x_squares, _mm256_mul_pd(x, x));
    y_squares = _mm256_add_pd(y_squares, _mm256_mul_pd(y, y));
    products = _mm256_add_pd(products, _mm256_mul_pd(x, y));
    largest = _mm256_max_pd(largest, _mm256_andnot_pd(_mm256_set1_pd(-0.0), error));
    const __m256d below = _mm256_cmp_pd(x, _mm256_set1_pd(bounds.low), _CMP_LT_OQ);
    const __m256d above = _mm256_cmp_pd(x, _mm256_set1_pd(bounds.high), _CMP_GT_OQ);
    clipped = _mm256_add_epi64(clipped, _mm256_castpd_si256(_mm256_or_pd(below, above)));
  }
  void store(DeviationLanes& lanes, size_t first) const {
    _mm256_storeu_pd(lanes.error_squares + first, error_squares);
    _mm256_storeu_pd(lanes.x_squares + first, x_squares);
    _mm256_storeu_pd(lanes.y_squares + first, y_squares);
    _mm256_storeu_pd(lanes.products + first, products);
    _mm256_storeu_pd(lanes.largest + first, largest);
    uint64_t counts[4];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(counts), clipped);
    lanes.clipped -= counts[0] + counts[1] + counts[2] + counts[3];
  }
};

Deviation measure(const float* x, const float* y, size_t count, DeviationBounds bounds) {
  const __m256d zero = _mm256_setzero_pd();
  HalfLanes low = {zero, zero, zero, zero, zero, _mm256_setzero_si256()}, high = low;
  const size_t whole = count / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    low.add(_mm_loadu_ps(x + i), _mm_loadu_ps(y + i), bounds);
    high.add(_mm_loadu_ps(x + i + 4), _mm_loadu_ps(y + i + 4), bounds);
  }
  DeviationLanes lanes;
  low.store(lanes, 0);
  high.store(lanes, 4);
  return finish(lanes, x, y, whole, count, bounds);
}

}  // namespace

const DeviationKernel kDeviationAvx2 = {measure};

}  // namespace octavo
