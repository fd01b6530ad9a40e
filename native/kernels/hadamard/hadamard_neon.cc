// Hadamard rounds with NEON: 32 values are 8 registers.
#include <arm_neon.h>

#include "kernels/hadamard/hadamard_blocks_scalar.h"

namespace octavo {
namespace {

/// A fused product with 1 or -1 rounds as the addition or subtraction does.
struct Lanes128 {
  using Register = float32x4_t;
  static constexpr size_t kLanes = 4;

  static OCTAVO_INLINE float32x4_t load(const float* x) { return vld1q_f32(x); }
  static OCTAVO_INLINE void store(float* y, float32x4_t v) { vst1q_f32(y, v); }
  static OCTAVO_INLINE float32x4_t all(float x) { return vdupq_n_f32(x); }
  static OCTAVO_INLINE float32x4_t add(float32x4_t a, float32x4_t b) { return vaddq_f32(a, b); }
  static OCTAVO_INLINE float32x4_t sub(float32x4_t a, float32x4_t b) { return vsubq_f32(a, b); }
  static OCTAVO_INLINE float32x4_t mul(float32x4_t a, float32x4_t b) { return vmulq_f32(a, b); }
  static OCTAVO_INLINE float32x4_t flip(float32x4_t v, const uint32_t* signs) {
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(v), vld1q_u32(signs)));
  }
  static OCTAVO_INLINE float32x4_t lane_stages(float32x4_t v) {
    constexpr float kPairs[4] = {1, -1, 1, -1}, kHalves[4] = {1, 1, -1, -1};
    v = vfmaq_f32(vrev64q_f32(v), v, vld1q_f32(kPairs));
    return vfmaq_f32(vextq_f32(v, v, 2), v, vld1q_f32(kHalves));
  }
};

}  // namespace

const HadamardKernel kHadamardNeon = {run_rows<Lanes128, true>, run_rows<Lanes128, false>};

}  // namespace octavo
