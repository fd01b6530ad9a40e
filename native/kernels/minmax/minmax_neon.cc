// Ranges with NEON, 16 values a step; tails, and blocks with a value that is not finite, go through the scalar
// definition.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

inline float32x4_t load_plus_zero(const float* x) { return vaddq_f32(vld1q_f32(x), vdupq_n_f32(0.0f)); }

/// Values that go through at once where all are finite.
constexpr size_t kBlock = 16;

/// Loads a block; true if all of it is finite.
OCTAVO_INLINE bool load_finite(const float* x, float32x4_t (&value)[4]) {
  uint32x4_t finite[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    value[u] = load_plus_zero(x + 4 * u);
    finite[u] = vcaleq_f32(value[u], vdupq_n_f32(FLT_MAX));
  });
  return vminvq_u32(vandq_u32(vandq_u32(finite[0], finite[1]), vandq_u32(finite[2], finite[3]))) != 0;
}

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
    if (!load_finite(x + i, value)) {
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
  const auto widen = [&](size_t i, size_t end) {
    for (; i < end; ++i) widen_range(x[i], min[i], max[i], *total);
  };
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    float32x4_t value[4];
    if (!load_finite(x + i, value)) {
      widen(i, i + kBlock);
      continue;
    }
    unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
      vst1q_f32(min + i + 4 * u, vminq_f32(vld1q_f32(min + i + 4 * u), value[u]));
      vst1q_f32(max + i + 4 * u, vmaxq_f32(vld1q_f32(max + i + 4 * u), value[u]));
    });
  }
  widen(i, count);
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) minmax_row(x + r * ranges.count, ranges, total);
}

}  // namespace

const MinMaxKernel kMinMaxNeon = {minmax_uniform, minmax_columns};

}  // namespace octavo
