// Histograms by magnitude, kernels/histogram/histogram.h. Each block counts in shared memory, in several copies of the
// counters that neighbouring lanes take turns with: a bin that many values fall into at once is counted in each. Zeros,
// of which an activation has more than of all else, are counted in a register.
#pragma once

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

/// A thread's counts of what needs no bin, or only one.
struct PlainCounts {
  uint32_t zero = 0, outside = 0, nan = 0;
};

/// Calls count(bin) for each value of the unit that falls into one.
template <typename Count>
OCTAVO_DEVICE void count_unit(const Float4& x, const BinScale& scale, uint32_t half, PlainCounts* plain,
                              const Count& count) {
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float value = x.v[i], place = std::fabs(value * scale.prescale) * scale.bins_per_unit;
    const bool inside = place < static_cast<float>(half), is_zero = value == 0.0f;
    plain->zero += is_zero ? 1 : 0;
    plain->outside += inside ? 0 : 1;
    plain->nan += value != value ? 1 : 0;
    if (!inside || is_zero) continue;
    const auto index = static_cast<uint32_t>(place);
    count(half + (value < 0.0f ? ~index : index));  // half - 1 - index
  }
}

/// Takes every n-th group of kUnits units, n the launch's threads.
template <int kUnits, typename Count>
OCTAVO_DEVICE void count_values(const HistogramOperands& o, PlainCounts* plain, const Count& count) {
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
      if (first < o.count) count_unit(values[i], scale, o.half_bins, plain, count);
      // Zeros stood in for the values that the last unit lacks.
      if (first < o.count && first + 4 > o.count) plain->zero -= static_cast<uint32_t>(first + 4 - o.count);
    }
  }
}

/// By whole warps.
OCTAVO_DEVICE void add_plain(const HistogramOperands& o, const PlainCounts& plain) {
  if (warp_ballot((plain.zero | plain.outside) != 0) == 0) return;
  const uint64_t zero = warp_sum(uint64_t{plain.zero}), nan = warp_sum(uint64_t{plain.nan}),
                 beyond = warp_sum(uint64_t{plain.outside}) - nan;
  if (threadIdx.x % 32 != 0) return;
  atomic_add(o.counts + o.half_bins, zero);
  if (beyond != 0) atomic_add(&o.outside->beyond_limit, beyond);
  if (nan != 0) atomic_add(&o.outside->nan, nan);
}

/// With counters in shared memory, [bins << copies_log2]: a block never sees as many values as 32 bits do not count.
OCTAVO_DEVICE void count_in_shared(const HistogramOperands& o, uint32_t* counters) {
  const uint32_t bins = 2 * o.half_bins, copies = 1u << o.copies_log2;
  for (uint32_t i = threadIdx.x; i < bins << o.copies_log2; i += kHistogramThreads) counters[i] = 0;
  __syncthreads();
  uint32_t* const own = counters + threadIdx.x % copies;
  PlainCounts plain;
  count_values<4>(o, &plain, [&](uint32_t bin) { atomic_add(own + (bin << o.copies_log2), uint32_t{1}); });
  add_plain(o, plain);
  __syncthreads();
  for (uint32_t bin = threadIdx.x; bin < bins; bin += kHistogramThreads) {
    uint32_t sum = 0;
    for (uint32_t copy = 0; copy < copies; ++copy) sum += counters[(bin << o.copies_log2) + copy];
    if (sum != 0) atomic_add(o.counts + bin, uint64_t{sum});
  }
}

/// More bins than shared memory holds: counters where they are.
OCTAVO_DEVICE void count_in_global(const HistogramOperands& o) {
  PlainCounts plain;
  count_values<2>(o, &plain, [&](uint32_t bin) { atomic_add(o.counts + bin, uint64_t{1}); });
  add_plain(o, plain);
}

}  // namespace octavo::device
