// Peak of the dot product: SDOT on 16 independent accumulators; the rest is as without it.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

constexpr int kChains = 16;

/// The compiler must not know this value: equal chains would become one.
template <typename V>
OCTAVO_INLINE void hide(V& value) {
  asm volatile("" : "+w"(value));
}

double peak_int8(size_t iterations) {
  int32x4_t acc[kChains];
  int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = vdupq_n_s32(0);
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = vdotq_s32(acc[c], a, b); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 16 * kChains * static_cast<double>(iterations);
}

double peak_float32(size_t iterations) { return kPeakNeon.float32(iterations); }

uint64_t read_bytes(const uint8_t* source, size_t bytes) { return kPeakNeon.read(source, bytes); }

}  // namespace

const PeakKernel kPeakNeondot = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
