// Several counters for each bin, for neighbouring values to go to in turn: counting the same bin again, as the zeros of
// an activation do, has to wait for the count before, some eight cycles.
#pragma once

#include <cstring>

#include "kernels/histogram/histogram.h"

namespace octavo {
namespace {

class HistogramWays {
 public:
  /// More ways or bins would not stay in a first level cache through which data stream (measured: 4 ways of 2,048 bins,
  /// a third slower).
  static constexpr size_t kWays = 4;
  static constexpr uint32_t kMostBins = 4096;

  explicit HistogramWays(uint32_t bins) : bins_(bins) {
    for (auto& way : counts_) std::memset(way, 0, bins * sizeof way[0]);
  }
  void count(size_t way, uint32_t bin) { ++counts_[way % kWays][bin]; }
  void add_to(uint64_t* counts) const {
    for (uint32_t bin = 0; bin < bins_; ++bin)
      for (const auto& way : counts_) counts[bin] += way[bin];
  }

 private:
  uint32_t bins_;
  uint16_t counts_[kWays][kMostBins];
};

/// Counters as they are given, for few values or many bins.
class HistogramCounts {
 public:
  explicit HistogramCounts(uint64_t* counts) : counts_(counts) {}
  void count(size_t, uint32_t bin) { ++counts_[bin]; }

 private:
  uint64_t* counts_;
};

/// Calls add(x, count, counters, histogram) with counters of the kind that suits.
template <typename Add>
void with_counters(const float* x, size_t count, Histogram* histogram, const Add& add) {
  // Each way starts at 0 and is added up at the end. No counter takes more than its 16 bits hold.
  constexpr size_t kFew = 4096, kMost = size_t{1} << 16;
  if (count < kFew || 2 * histogram->half_bins > HistogramWays::kMostBins) {
    HistogramCounts counters(histogram->counts);
    return add(x, count, counters, histogram);
  }
  for (size_t i = 0; i < count; i += kMost) {
    HistogramWays counters(2 * histogram->half_bins);
    add(x + i, count - i < kMost ? count - i : kMost, counters, histogram);
    counters.add_to(histogram->counts);
  }
}

}  // namespace
}  // namespace octavo
