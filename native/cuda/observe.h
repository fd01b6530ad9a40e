// Statistics of float32 data on a GPU: ranges and histograms, equal to those of ops/observe.h. Everything goes onto the
// device's stream; what comes of it lies in memory that the caller brings to the host and reads.
#pragma once

#include <memory>

#include "cuda/device.h"
#include "cuda/device/observe_operands.h"
#include "kernels/minmax/minmax.h"

namespace octavo::cuda {

/// `count` values on the device, seen as [outer, channels, inner], of which count is a whole number.
struct DeviceValues {
  const float* x;
  size_t count;
  size_t channels = 1, inner = 1;
};

class DeviceRanges {
 public:
  static constexpr size_t bytes_for(size_t channels) {
    return sizeof(device::NonFiniteCounts) + channels * sizeof(device::RangeKeys);
  }
  /// `results` has bytes_for(channels) bytes.
  static Status start(Device& device, const DeviceValues& values, const DeviceMemory& results);
  /// range[2c], range[2c + 1]: minimum and maximum of channel c's finite values (+Infinity, -Infinity if it has none);
  /// of the result, the counts alone.
  static MinMax read(const void* results, size_t channels, float* range);
};

class DeviceHistogram {
 public:
  static constexpr size_t bytes_for(size_t bins) { return sizeof(device::OutsideCounts) + bins * sizeof(uint64_t); }
  /// On [-limit, limit] with `bins` bins; kRange unless both are powers of two, bins from 2 to 2^20, limit from 2^-100
  /// to 2^127. `results` has bytes_for(bins) bytes: OutsideCounts and then the counts.
  static Status start(Device& device, const DeviceValues& values, size_t bins, float limit,
                      const DeviceMemory& results);
};

/// Launches the histogram; all but the copies of counters is filled in.
Status launch_histogram(Device& device, device::HistogramOperands operands);

/// Sets all of the memory to zeros.
Status fill_zeros(Device& device, const DeviceMemory& memory);

}  // namespace octavo::cuda
