// Exact sums with NEON: 4 values a step in two vectors of doubles.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/sums/sums_parts_scalar.h"

namespace octavo {
namespace {

/// Sums of two lanes.
struct LaneSums {
  float64x2_t sum, high, low;

  explicit LaneSums(double start) : sum(vdupq_n_f64(0)), high(vdupq_n_f64(start)), low(vdupq_n_f64(0)) {}
  OCTAVO_INLINE void add(float32x2_t values) {
    const float64x2_t x = vcvt_f64_f32(values), square = vmulq_f64(x, x), next = vaddq_f64(high, square);
    sum = vaddq_f64(sum, x);
    low = vaddq_f64(low, vsubq_f64(square, vsubq_f64(next, high)));
    high = next;
  }
};

/// Of two sets of lanes; no addition rounds.
inline double total_of(float64x2_t a, float64x2_t b, double start) {
  const float64x2_t from = vdupq_n_f64(start);
  return vaddvq_f64(vaddq_f64(vsubq_f64(a, from), vsubq_f64(b, from)));
}

struct PartLanes {
  const float32x4_t window;
  LaneSums first, second;
  float* left_over;
  size_t left = 0;

  PartLanes(const PartPlan& plan, float* rest)
      : window(vdupq_n_f32(plan.window)), first(plan.start), second(plan.start), left_over(rest) {}
  OCTAVO_INLINE void add(float32x4_t value) {
    const uint32x4_t small = vbicq_u32(vcltq_f32(vabsq_f32(value), window), vceqzq_f32(value));
    if (vmaxvq_u32(small) != 0) {
      float values[4];
      uint32_t lanes[4];
      vst1q_f32(values, value);
      vst1q_u32(lanes, small);
      for (size_t lane = 0; lane < 4; ++lane) {  // without branches that nobody can foretell
        left_over[left] = values[lane];
        left += lanes[lane] & 1;
      }
      value = vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(value), small));
    }
    first.add(vget_low_f32(value));
    second.add(vget_high_f32(value));
  }
};

PartSums add_part(const float* x, size_t count, const PartPlan& plan, float* left_over) {
  PartLanes part(plan, left_over);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) part.add(vld1q_f32(x + i));
  if (i < count) {
    float tail[4] = {};  // zeros add nothing
    std::memcpy(tail, x + i, (count - i) * sizeof(float));
    part.add(vld1q_f32(tail));
  }
  return {total_of(part.first.sum, part.second.sum, 0), total_of(part.first.high, part.second.high, plan.start),
          total_of(part.first.low, part.second.low, 0), part.left};
}

}  // namespace

const SumsKernel kSumsNeon = {add_in_parts<add_part>};

}  // namespace octavo
