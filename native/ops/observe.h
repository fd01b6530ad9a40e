// Statistics of float32 data: ranges per tensor and per channel, histograms.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"

namespace octavo {

/// `count` values seen as [outer, channels, inner].
struct ChannelView {
  const float* x;
  size_t count;
  size_t channels;
  size_t inner;
};

/// Ranges of a tensor's channels: range[2c] = min, range[2c + 1] = max of channel c's finite values (+Infinity,
/// -Infinity if it has none); `counts` are those of what was not finite.
struct NonFinite {
  uint64_t nan_count = 0, infinity_count = 0;
};
Status observe_ranges(const KernelSet& set, const ChannelView& view, float* range, NonFinite* counts);

/// Adds x to a histogram on [-limit, limit]; see kernels/histogram/histogram.h. `bins` and `limit` are powers of two,
/// bins from 2 to 2^20, limit from 2^-100 to 2^127.
struct HistogramTarget {
  uint64_t* counts;  // [bins]
  size_t bins;
  float limit;
};
Status observe_histogram(const KernelSet& set, const float* x, size_t count, const HistogramTarget& target,
                         uint64_t* beyond_limit, uint64_t* nan_count);

}  // namespace octavo
