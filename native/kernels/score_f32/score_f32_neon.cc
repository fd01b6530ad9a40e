// Scores of float32 rows with NEON: the 16 chains are four vectors.
#include <arm_neon.h>

#include "kernels/score_f32/score_f32_tiles_scalar.h"

namespace octavo {
namespace {

struct LanesNeon {
  struct Chains {
    float32x4_t part[4];
  };
  template <int Q>
  static constexpr int rows_of() {
    return Q == 1 ? 4 : 1;
  }
  static OCTAVO_INLINE Chains zero() {
    const float32x4_t none = vdupq_n_f32(0);
    return {{none, none, none, none}};
  }
  static OCTAVO_INLINE Chains load(const float* values) {
    return {{vld1q_f32(values), vld1q_f32(values + 4), vld1q_f32(values + 8), vld1q_f32(values + 12)}};
  }
  static OCTAVO_INLINE Chains load_first(const float* values, size_t count) {
    float padded[kScoreChains] = {};
    for (size_t i = 0; i < count; ++i) padded[i] = values[i];
    return load(padded);
  }
  static OCTAVO_INLINE Chains add_products(Chains acc, const Chains& row, const Chains& query) {
    unroll<4>([&](auto p) OCTAVO_INLINE_LAMBDA { acc.part[p] = vfmaq_f32(acc.part[p], row.part[p], query.part[p]); });
    return acc;
  }
  static OCTAVO_INLINE float total_of(const Chains& acc) {
    const float32x4_t low = vaddq_f32(acc.part[0], acc.part[2]), high = vaddq_f32(acc.part[1], acc.part[3]);
    const float32x4_t four = vaddq_f32(low, high);
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
};

}  // namespace

const ScoreF32Kernel kScoreF32Neon = {score_f32<LanesNeon>};

}  // namespace octavo
