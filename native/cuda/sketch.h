// Sketches of float32 data on a GPU: what a sketch of ops/sketch.h that has seen nothing else would hold. Two passes
// over the data: range, counts and exact sums; then the histogram on the range that the first has found, which need not
// come to the host in between.
#pragma once

#include "cuda/observe.h"
#include "kernels/sums/sums.h"

namespace octavo::cuda {

/// The parts of a sketch. The histogram is that on [-2^(width - 149), 2^(width - 149)]; with width 0, all finite values
/// are zeros in the first bin of the positive half.
struct SketchParts {
  uint64_t nan_count, infinity_count;
  float min, max;  // +Infinity, -Infinity without a finite value
  uint64_t width;
  ExactSums sums;
  const uint64_t* counts;  // [bins], in the results
};

class DeviceSketch {
 public:
  static size_t bytes_for(size_t bins);
  /// Of all values as one channel; `bins` a power of two from 2 to 2^20. `results` has bytes_for(bins) bytes.
  static Status start(Device& device, const DeviceValues& values, size_t bins, const DeviceMemory& results);
  /// `results`: the bytes on the host, aligned to 8.
  static SketchParts read(const void* results);
};

}  // namespace octavo::cuda
