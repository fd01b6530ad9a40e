// Ranges with NEON, 4 values a step; tails go through the scalar definition.
#include <arm_neon.h>

#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline size_t count_lanes(uint32x4_t mask) { return vaddvq_u32(vshrq_n_u32(mask, 31)); }

/// All bits of the lanes that are finite; the others are counted.
inline uint32x4_t sort_out(float32x4_t x, MinMax& counts) {
  const uint32x4_t finite = vcleq_f32(vabsq_f32(x), vdupq_n_f32(FLT_MAX));
  const size_t finite_count = count_lanes(finite);
  if (finite_count != 4) {
    const size_t nan = 4 - count_lanes(vceqq_f32(x, x));
    counts.nan_count += nan;
    counts.infinity_count += 4 - finite_count - nan;
  }
  return finite;
}

inline float32x4_t load_plus_zero(const float* x) { return vaddq_f32(vld1q_f32(x), vdupq_n_f32(0.0f)); }

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  const float32x4_t none_min = vdupq_n_f32(range.min), none_max = vdupq_n_f32(range.max);
  float32x4_t min = none_min, max = none_max;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t value = load_plus_zero(x + i);
    const uint32x4_t finite = sort_out(value, range);
    min = vminq_f32(min, vbslq_f32(finite, value, none_min));
    max = vmaxq_f32(max, vbslq_f32(finite, value, none_max));
  }
  range.min = vminvq_f32(min);
  range.max = vmaxvq_f32(max);
  for (; i < count; ++i) widen_range(x[i], range.min, range.max, range);
  return range;
}

void minmax_row(const float* x, const ColumnRanges& ranges, MinMax* total) {
  const auto [min, max, count] = ranges;
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const float32x4_t value = load_plus_zero(x + i);
    const uint32x4_t finite = sort_out(value, *total);
    const float32x4_t low = vld1q_f32(min + i), high = vld1q_f32(max + i);
    vst1q_f32(min + i, vminq_f32(low, vbslq_f32(finite, value, low)));
    vst1q_f32(max + i, vmaxq_f32(high, vbslq_f32(finite, value, high)));
  }
  for (; i < count; ++i) widen_range(x[i], min[i], max[i], *total);
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) minmax_row(x + r * ranges.count, ranges, total);
}

}  // namespace

const MinMaxKernel kMinMaxNeon = {minmax_uniform, minmax_columns};

}  // namespace octavo
