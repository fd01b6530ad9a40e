// Histograms by magnitude, kernels/histogram/histogram.h. Each block counts in shared memory, in several copies of the
// counters that neighbouring lanes take turns with, so that a bin which many values fall into at once, as the zeros of
// an activation do, is counted in each.
#pragma once

#include "cuda/device/matrix_instructions.h"
#include "cuda/device/value_range.h"

namespace octavo::device {

/// How values fall into bins: |x * prescale| * bins_per_unit.
struct BinScale {
  float prescale, bins_per_unit;
};

/// 2^exponent for exponents from -149 to 127.
OCTAVO_DEVICE float power_of_two(int exponent) {
  return float_of_bits(exponent >= -126 ? static_cast<uint32_t>(exponent + 127) << 23 : 1u << (exponent + 149));
}

/// Bits of the largest magnitude of a range in units of 2^-149; 0 for one of zeros or of nothing.
OCTAVO_DEVICE int width_of_range(const RangeKeys& range) {
  const float max = value_of_key(range.max), negative_min = value_of_key(range.negative_min);
  if (!is_finite(max) || !is_finite(negative_min)) return 0;
  const uint32_t bits = bits_of(std::fabs(max) > std::fabs(negative_min) ? std::fabs(max) : std::fabs(negative_min));
  if (bits >= 0x800000) return static_cast<int>(bits >> 23) + 23;
  int width = 0;
  for (uint32_t rest = bits; rest != 0; rest >>= 1) ++width;
  return width;
}

/// The bins of a sketch (ops/channel_sketch.cc): those of the smallest power of two above all magnitudes. Bins so
/// narrow that no float tells how many fit into 1 are made wider, and the values with them.
OCTAVO_DEVICE BinScale scale_of_range(const RangeKeys& range, uint32_t half_bins) {
  constexpr int kNarrow = 100;
  const int width = width_of_range(range), exponent = width - 149, shift = exponent < -kNarrow ? kNarrow : 0;
  if (width == 0) return {1.0f, 0.0f};
  return {power_of_two(shift), static_cast<float>(half_bins) * power_of_two(-(exponent + shift))};
}

OCTAVO_DEVICE BinScale scale_of(const HistogramOperands& o) {
  if (o.range == nullptr) return {1.0f, o.bins_per_unit};
  return scale_of_range(*o.range, o.half_bins);
}

/// A thread's counts of what is in no bin.
struct MissedCounts {
  uint32_t all = 0, nan = 0;
};

/// Calls count(offset, inside) for each value of the unit: its bin, counted from the first of the positive half modulo
/// 2^32, and whether it has one.
template <typename Count>
OCTAVO_DEVICE void count_unit(const Float4& x, const BinScale& scale, uint32_t half, MissedCounts* missed,
                              const Count& count) {
  bool inside[4], all = true;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float scaled = std::fma(x.v[i], scale.prescale, 0.0f);  // -0 becomes +0
    const float place = std::fabs(scaled) * scale.bins_per_unit;
    const auto sign = static_cast<uint32_t>(static_cast<int32_t>(bits_of(scaled)) >> 31);
    inside[i] = place < static_cast<float>(half);
    all = all && inside[i];
    count(inside[i] ? static_cast<uint32_t>(place) ^ sign : 0, inside[i]);
  }
  if (all) return;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    missed->all += inside[i] ? 0 : 1;
    missed->nan += x.v[i] != x.v[i] ? 1 : 0;
  }
}

/// Takes every n-th group of kUnits units, n the launch's threads.
template <int kUnits, typename Count>
OCTAVO_DEVICE void count_values(const HistogramOperands& o, MissedCounts* missed, const Count& count) {
  const BinScale scale = scale_of(o);
  const bool aligned = is_aligned<Float4>(o.x);
  const Span span = {0, o.count};
  const size_t threads = size_t{gridDim.x} * kHistogramThreads, units = (o.count + 3) / 4;
  for (size_t u = size_t{blockIdx.x} * kHistogramThreads + threadIdx.x; u < units; u += kUnits * threads) {
    Float4 values[kUnits];
#pragma unroll
    for (int i = 0; i < kUnits; ++i) values[i] = load_unit<Float4>(o.x, u + i * threads, span, aligned);
#pragma unroll
    for (int i = 0; i < kUnits; ++i) {
      const size_t first = 4 * (u + i * threads);
      if (first < o.count) count_unit(values[i], scale, o.half_bins, missed, count);
      // Zeros stood in for the values that the last unit lacks.
      if (first < o.count && first + 4 > o.count) atomic_add(o.counts + o.half_bins, uint64_t{o.count} - (first + 4));
    }
  }
}

/// By whole warps.
OCTAVO_DEVICE void add_missed(OutsideCounts* outside, const MissedCounts& missed) {
  if (warp_ballot(missed.all != 0) == 0) return;
  const uint64_t nan = warp_sum(uint64_t{missed.nan}), beyond = warp_sum(uint64_t{missed.all}) - nan;
  if (threadIdx.x % 32 != 0) return;
  if (beyond != 0) atomic_add(&outside->beyond_limit, beyond);
  if (nan != 0) atomic_add(&outside->nan, nan);
}

/// With counters in shared memory, [bins << copies_log2]: a block never sees as many values as 32 bits do not count.
OCTAVO_DEVICE void count_in_shared(const HistogramOperands& o, uint32_t* counters) {
  const uint32_t bins = 2 * o.half_bins, copies = 1u << o.copies_log2;
  for (uint32_t i = threadIdx.x; i < bins << o.copies_log2; i += kHistogramThreads) counters[i] = 0;
  __syncthreads();
  const SharedAddress origin = shared_address(counters + (o.half_bins << o.copies_log2) + threadIdx.x % copies);
  const uint32_t shift = o.copies_log2 + 2;
  MissedCounts missed;
  count_values<4>(o, &missed,
                  [&](uint32_t offset, bool inside) { increment_shared(origin + (offset << shift), inside); });
  add_missed(o.outside, missed);
  __syncthreads();
  for (uint32_t bin = threadIdx.x; bin < bins; bin += kHistogramThreads) {
    uint32_t sum = 0;
    for (uint32_t copy = 0; copy < copies; ++copy) sum += counters[(bin << o.copies_log2) + copy];
    if (sum != 0) atomic_add(o.counts + bin, uint64_t{sum});
  }
}

/// More bins than shared memory holds: counters where they are.
OCTAVO_DEVICE void count_in_global(const HistogramOperands& o) {
  MissedCounts missed;
  count_values<2>(o, &missed, [&](uint32_t offset, bool inside) {
    if (inside) atomic_add(o.counts + (o.half_bins + offset), uint64_t{1});
  });
  add_missed(o.outside, missed);
}

}  // namespace octavo::device
