// Deviations with NEON: 8 pairs a step in four vectors of doubles.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/deviation/deviation_scalar.h"

namespace octavo {
namespace {

struct TwoLanes {
  float64x2_t error_squares, x_squares, y_squares, products, largest;
  uint64x2_t clipped;  // minus the count

  OCTAVO_INLINE void add(const float* x_values, const float* y_values, DeviationBounds bounds) {
    const float64x2_t x = vcvt_f64_f32(vld1_f32(x_values)), y = vcvt_f64_f32(vld1_f32(y_values));
    const float64x2_t error = vsubq_f64(x, y);
    error_squares = vaddq_f64(error_squares, vmulq_f64(error, error));
    x_squares = vaddq_f64(x_squares, vmulq_f64(x, x));
    y_squares = vaddq_f64(y_squares, vmulq_f64(y, y));
    products = vaddq_f64(products, vmulq_f64(x, y));
    largest = vmaxq_f64(largest, vabsq_f64(error));
    const uint64x2_t outside = vorrq_u64(vcltq_f64(x, vdupq_n_f64(bounds.low)), vcgtq_f64(x, vdupq_n_f64(bounds.high)));
    clipped = vaddq_u64(clipped, outside);
  }
  void store(DeviationLanes& lanes, size_t first) const {
    vst1q_f64(lanes.error_squares + first, error_squares);
    vst1q_f64(lanes.x_squares + first, x_squares);
    vst1q_f64(lanes.y_squares + first, y_squares);
    vst1q_f64(lanes.products + first, products);
    vst1q_f64(lanes.largest + first, largest);
    lanes.clipped -= vaddvq_u64(clipped);
  }
};

Deviation measure(const float* x, const float* y, size_t count, DeviationBounds bounds) {
  const float64x2_t zero = vdupq_n_f64(0);
  const TwoLanes none = {zero, zero, zero, zero, zero, vdupq_n_u64(0)};
  TwoLanes lanes_of[4] = {none, none, none, none};
  const size_t whole = count / kLanes * kLanes;
  for (size_t i = 0; i < whole; i += kLanes)
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { lanes_of[u].add(x + i + 2 * u, y + i + 2 * u, bounds); });
  DeviationLanes lanes;
  for (size_t u = 0; u < 4; ++u) lanes_of[u].store(lanes, 2 * u);
  return finish(lanes, x, y, whole, count, bounds);
}

}  // namespace

const DeviationKernel kDeviationNeon = {measure};

}  // namespace octavo
