// The arguments and results of kernels that gather statistics: what the host fills and the device reads, and back.
// Results are added to what is there: from all zeros on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::device {

/// A range as atomic maxima widen it: numbers that order floats, of the largest value and of the smallest one's
/// negative. 0, and all below the number of the least finite value, mean that there is none.
struct RangeKeys {
  uint32_t max, negative_min;
};

/// How many values were not finite.
struct NonFiniteCounts {
  uint64_t nan, infinity;
};

/// `count` values seen as [outer, channels, inner].
struct RangeOperands {
  const float* x;
  size_t count, channels, inner;
  RangeKeys* keys;  // [channels]
  NonFiniteCounts* counts;
};

/// What did not fall into a bin.
struct OutsideCounts {
  uint64_t beyond_limit, nan;
};

/// A histogram by magnitude, kernels/histogram/histogram.h.
struct HistogramOperands {
  const float* x;
  size_t count;
  uint32_t half_bins;
  uint32_t copies_log2;    // of the counters in shared memory
  float bins_per_unit;     // or, where `range` is not null,
  const RangeKeys* range;  // that of the sketch of values in this range
  uint64_t* counts;        // [2 * half_bins]
  OutsideCounts* outside;
};

/// Sums of values of which the least significant bits are at one place.
struct SumLimbs {
  uint64_t sum[2];      // of 2^0 and 2^32 units of 2^(place - 149); modulo 2^64, the second of either sign
  uint64_t squares[3];  // of 2^0, 2^32 and 2^64 units of 2^(2 place - 298)
};

/// Places that sums can have, as exponents of float32 count them: that of the largest values less a window of them.
constexpr uint32_t kSumWindow = 16, kSumPlaces = 254 - kSumWindow + 1;

/// What the first pass of a sketch finds: all but its histogram.
struct SketchOperands {
  const float* x;
  size_t count;
  RangeKeys* range;
  NonFiniteCounts* counts;
  SumLimbs* sums;  // [kSumPlaces]
};

/// Threads of the kernels that stay and go through an array in turns.
constexpr int kHistogramThreads = 1024, kSketchThreads = 256;

}  // namespace octavo::device
