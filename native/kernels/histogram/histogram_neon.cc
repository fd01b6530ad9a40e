// Histogram with NEON: bin numbers of 4 values at once, then 4 counters. Groups with a value outside the bins, and
// tails, go through the scalar definition.
#include <arm_neon.h>

#include "kernels/histogram/histogram_scalar.h"

namespace octavo {
namespace {

void histogram_add(const float* x, size_t count, Histogram* histogram) {
  Histogram h = *histogram;
  const float32x4_t limit = vdupq_n_f32(static_cast<float>(h.half_bins));
  const uint32x4_t origin = vdupq_n_u32(h.half_bins);
  uint32_t bins[4];
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t value = vld1q_f32(x + i);
    const float32x4_t bin = vmulq_n_f32(vabsq_f32(value), h.bins_per_unit);
    if (vminvq_u32(vcltq_f32(bin, limit)) == 0) {
      for (size_t j = i; j < i + 4; ++j) count_value(x[j], &h);
      continue;
    }
    const uint32x4_t mirrored = veorq_u32(vcvtq_u32_f32(bin), vcltzq_f32(value));
    vst1q_u32(bins, vaddq_u32(mirrored, origin));
#pragma GCC unroll 4
    for (size_t j = 0; j < 4; ++j) ++h.counts[bins[j]];
  }
  for (; i < count; ++i) count_value(x[i], &h);
  *histogram = h;
}

}  // namespace

const HistogramKernel kHistogramNeon = {histogram_add};

}  // namespace octavo
