// Sketches of float32 data: what calibration keeps of a channel's values, in constant memory. All of it is integers and
// bounds, so that neither the order of the values nor how they are grouped leaves a trace.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"
#include "ops/observe.h"

namespace octavo {

/// The statistics of a channel before its histogram. All zero for one that has seen nothing.
struct SketchHead {
  uint64_t count, nan_count, infinity_count;
  float min, max;  // of finite values; 0 before there is one
  // The histogram is that on [-R, R] with R = 2^(width - 149), the smallest power of two greater than every finite
  // magnitude: width is the number of bits of the largest in units of 2^-149. 0 before a value other than 0 came.
  uint64_t width;
  ExactSums sums;
};

/// Sketches in memory: for each channel the words of its head, then `bins` counts, as kernels/histogram/histogram.h has
/// them. A power of two, 2 to 2^20.
struct SketchWords {
  static constexpr size_t kHead = 21;
  static constexpr int kMostWidth = 277;
  static_assert(sizeof(SketchHead) == kHead * sizeof(uint64_t));

  uint64_t* words;
  size_t channels;
  size_t bins;

  uint64_t* channel(size_t index) const { return words + index * (kHead + bins); }
};

/// kRange for bins or widths that no sketch has.
Status check_sketch(const SketchWords& sketch);

/// Adds values seen as [outer, channels, inner] to the channels' sketches.
Status observe_sketch(const KernelSet& set, const ChannelView& view, const SketchWords& sketch);

/// `count` values seen as [outer, axis, inner], of which `block` along the axis, or what is left, share a channel.
struct BlockView {
  const float* x;
  size_t count, axis, inner, block;
};

/// Adds values to the sketches of their blocks, which are [outer, ceil(axis / block), inner].
Status observe_blocks(const KernelSet& set, const BlockView& view, const SketchWords& sketch);

/// Adds what `other`, of the same channels and bins, has seen. kRange, and nothing done, beyond 2^64 - 1 values.
Status merge_sketch(const SketchWords& sketch, const SketchWords& other);

}  // namespace octavo
