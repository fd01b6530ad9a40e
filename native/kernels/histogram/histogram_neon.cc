// Histogram with NEON: bin numbers of 4 values at once, then 4 counters. Groups with a value outside the bins, and
// tails, go through the scalar definition.
#include <arm_neon.h>

#include "kernels/histogram/histogram_scalar.h"
#include "kernels/histogram/histogram_ways_scalar.h"

namespace octavo {
namespace {

template <typename Counters>
void add_values(const float* x, size_t count, Counters& counters, Histogram* histogram) {
  Histogram h = *histogram;
  const float32x4_t limit = vdupq_n_f32(static_cast<float>(h.half_bins));
  const uint32x4_t origin = vdupq_n_u32(h.half_bins);
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t value = vld1q_f32(x + i);
    const float32x4_t bin = vmulq_n_f32(vabsq_f32(value), h.bins_per_unit);
    if (vminvq_u32(vcltq_f32(bin, limit)) == 0) {
      for (size_t j = i; j < i + 4; ++j) count_value(x[j], &h);
      continue;
    }
    const uint32x4_t mirrored = veorq_u32(vcvtq_u32_f32(bin), vcltzq_f32(value));
    // Two transfers of 64 bits leave more of the load pipeline to the counters than four loads would.
    const uint64x2_t bins = vreinterpretq_u64_u32(vaddq_u32(mirrored, origin));
    const uint64_t first = vgetq_lane_u64(bins, 0), second = vgetq_lane_u64(bins, 1);
    counters.count(0, static_cast<uint32_t>(first));
    counters.count(1, static_cast<uint32_t>(first >> 32));
    counters.count(2, static_cast<uint32_t>(second));
    counters.count(3, static_cast<uint32_t>(second >> 32));
  }
  for (; i < count; ++i) count_value(x[i], &h);
  *histogram = h;
}

void histogram_add(const float* x, size_t count, Histogram* histogram) {
  with_counters(x, count, histogram, [](const float* values, size_t n, auto& counters, Histogram* target) {
    add_values(values, n, counters, target);
  });
}

}  // namespace

const HistogramKernel kHistogramNeon = {histogram_add};

}  // namespace octavo
