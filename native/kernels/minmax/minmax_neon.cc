// Ranges with NEON, 16 values a step, 4 in columns; tails go through the scalar definition.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline size_t count_lanes(uint32x4_t mask) { return vaddvq_u32(vshrq_n_u32(mask, 31)); }

/// All bits of the lanes that are finite; the others are counted.
inline uint32x4_t sort_out(float32x4_t x, MinMax& counts) {
  const uint32x4_t finite = vcaleq_f32(x, vdupq_n_f32(FLT_MAX));
  if (vminvq_u32(finite) == 0) {
    const size_t nan = 4 - count_lanes(vceqq_f32(x, x));
    counts.nan_count += nan;
    counts.infinity_count += 4 - count_lanes(finite) - nan;
  }
  return finite;
}

inline float32x4_t load_plus_zero(const float* x) { return vaddq_f32(vld1q_f32(x), vdupq_n_f32(0.0f)); }

/// Values that go through at once where all are finite.
constexpr size_t kBlock = 16;

/// A block with something else in it, value by value.
void take_values(const float* x, size_t count, MinMax& range) {
  for (size_t i = 0; i < count; ++i) widen_range(x[i], range.min, range.max, range);
}

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  float32x4_t min[4], max[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA { min[u] = vdupq_n_f32(range.min), max[u] = vdupq_n_f32(range.max); });
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    float32x4_t value[4];
    uint32x4_t finite[4];
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      value[u] = load_plus_zero(x + i + 4 * u);
      finite[u] = vcaleq_f32(value[u], vdupq_n_f32(FLT_MAX));
    });
    if (vminvq_u32(vandq_u32(vandq_u32(finite[0], finite[1]), vandq_u32(finite[2], finite[3]))) == 0) {
      take_values(x + i, kBlock, range);
      continue;
    }
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      min[u] = vminq_f32(min[u], value[u]);
      max[u] = vmaxq_f32(max[u], value[u]);
    });
  }
  const float lowest = vminvq_f32(vminq_f32(vminq_f32(min[0], min[1]), vminq_f32(min[2], min[3])));
  const float highest = vmaxvq_f32(vmaxq_f32(vmaxq_f32(max[0], max[1]), vmaxq_f32(max[2], max[3])));
  range.min = lowest < range.min ? lowest : range.min;
  range.max = highest > range.max ? highest : range.max;
  take_values(x + i, count - i, range);
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
