// Peak of ARMv8-A without dot product: SMULL + SADALP and fma on independent accumulators, and 16-byte reads.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

/// The compiler must not know this value: equal chains would become one, equal products would be computed once.
template <typename V>
OCTAVO_INLINE void hide(V& value) {
  asm volatile("" : "+w"(value));
}

constexpr int kChains = 16;

double peak_int8(size_t iterations) {
  int32x4_t acc[kChains];
  int8x8_t a = vdup_n_s8(1), b = vdup_n_s8(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = vdupq_n_s32(0);
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
      hide(a);
      hide(b);
      acc[c] = vpadalq_s16(acc[c], vmull_s8(a, b));
    });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 8 * kChains * static_cast<double>(iterations);
}

double peak_float32(size_t iterations) {
  float32x4_t acc[kChains], a = vdupq_n_f32(0.5f), b = vdupq_n_f32(0.25f);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = vdupq_n_f32(0.0f);
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = vfmaq_f32(acc[c], a, b); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 4 * kChains * static_cast<double>(iterations);
}

uint64_t read_bytes(const uint8_t* source, size_t bytes) {
  uint8x16_t sum[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
  size_t i = 0;
  for (; i + 64 <= bytes; i += 64)
#pragma GCC unroll 4
    for (int u = 0; u < 4; ++u) sum[u] = veorq_u8(sum[u], vld1q_u8(source + i + 16 * u));
  sum[0] = veorq_u8(veorq_u8(sum[0], sum[1]), veorq_u8(sum[2], sum[3]));
  const uint64x2_t words = vreinterpretq_u64_u8(sum[0]);
  return vgetq_lane_u64(words, 0) ^ vgetq_lane_u64(words, 1);
}

}  // namespace

const PeakKernel kPeakNeon = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
