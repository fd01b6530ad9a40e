// How far quantized values lie from the real ones, per tensor and per channel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"
#include "ops/quantize.h"

namespace octavo {

/// Pairs of values seen as [outer, channels, inner].
struct PairView {
  const float* x;
  const float* y;
  size_t count;
  size_t channels;
  size_t inner;
};

/// What is known of one channel; pairs of which one is not finite are only counted.
struct ChannelDeviation {
  Deviation sums = {};
  double min, max;  // of finite x; +Infinity, -Infinity if there are none
  uint64_t left_out = 0;
};

/// deviations[c] for each channel. A value is clipped that lies more than half a step beyond the quantized values
/// `range` of its channel's parameters, of which there may be one for all channels. The channel's values, in the order
/// of memory, are measured in pieces of 1,024, whose sums are added in order: threads change nothing.
Status measure_deviations(const KernelSet& set, const PairView& view, const ChannelParams& params, QuantizeRange range,
                          ChannelDeviation* deviations);

}  // namespace octavo
