// Deviations with AVX-512: 8 pairs a step in one vector of doubles.
#include <immintrin.h>

#include "kernels/deviation/deviation_scalar.h"

namespace octavo {
namespace {

Deviation measure(const float* x, const float* y, size_t count, DeviationBounds bounds) {
  const __m512d low = _mm512_set1_pd(bounds.low), high = _mm512_set1_pd(bounds.high);
  __m512d error_squares = _mm512_setzero_pd(), x_squares = error_squares, y_squares = error_squares;
  __m512d products = error_squares, largest = error_squares;
  DeviationLanes lanes;
  const size_t whole = count / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes) {
    const __m512d a = _mm512_cvtps_pd(_mm256_loadu_ps(x + i)), b = _mm512_cvtps_pd(_mm256_loadu_ps(y + i));
    const __m512d error = _mm512_sub_pd(a, b);
    error_squares = _mm512_add_pd(error_squares, _mm512_mul_pd(error, error));
    x_squares = _mm512_add_pd(x_squares, _mm512_mul_pd(a, a));
    y_squares = _mm512_add_pd(y_squares, _mm512_mul_pd(b, b));
    products = _mm512_add_pd(products, _mm512_mul_pd(a, b));
    largest = _mm512_max_pd(largest, _mm512_abs_pd(error));
    const unsigned outside =
        _mm512_cmp_pd_mask(a, low, _CMP_LT_OQ) | static_cast<unsigned>(_mm512_cmp_pd_mask(a, high, _CMP_GT_OQ));
    lanes.clipped += static_cast<uint64_t>(_mm_popcnt_u32(outside));
  }
  _mm512_storeu_pd(lanes.error_squares, error_squares);
  _mm512_storeu_pd(lanes.x_squares, x_squares);
  _mm512_storeu_pd(lanes.y_squares, y_squares);
  _mm512_storeu_pd(lanes.products, products);
  _mm512_storeu_pd(lanes.largest, largest);
  return finish(lanes, x, y, whole, count, bounds);
}

}  // namespace

const DeviationKernel kDeviationAvx512vnni = {measure};

}  // namespace octavo
