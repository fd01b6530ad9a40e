// What a block or a thread takes of an array that a ValuePlan shares.
#pragma once

#include "cuda/device/unit_access.h"
#include "cuda/device/value_plan.h"

namespace octavo::device {

/// What a block takes of a run; chunks are numbered run by run. They begin with the unit that the run begins in.
struct RunChunk {
  OCTAVO_DEVICE RunChunk(const ValuePlan& plan, size_t chunk) : run(plan.runs == 1 ? 0 : chunk / plan.chunks) {
    first_unit = run * plan.run / 4 + (chunk - run * plan.chunks) * kChunkUnits;
    const size_t begin = run * plan.run, end = begin + plan.run, last_unit = first_unit + kChunkUnits;
    span = {4 * first_unit > begin ? 4 * first_unit : begin, 4 * last_unit < end ? 4 * last_unit : end};
  }
  /// Whether all units of the chunk belong to it.
  OCTAVO_DEVICE bool is_whole() const { return span.end - span.begin == kChunkValues; }
  /// Unit i of this thread.
  OCTAVO_DEVICE size_t unit(int i) const { return first_unit + threadIdx.x + size_t{kValueThreads} * i; }

  size_t run, first_unit;
  Span span;
};

/// The channels of a unit's four values, in turn.
class ChannelsOfUnit {
 public:
  OCTAVO_DEVICE ChannelsOfUnit(size_t unit, size_t channels, size_t inner) : channels_(channels), inner_(inner) {
    const size_t at = 4 * unit % (channels * inner);
    channel_ = at / inner;
    place_ = at - channel_ * inner;
  }
  OCTAVO_DEVICE size_t next() {
    const size_t channel = channel_;
    if (++place_ == inner_) {
      place_ = 0;
      if (++channel_ == channels_) channel_ = 0;
    }
    return channel;
  }

 private:
  size_t channels_, inner_, channel_, place_;
};

}  // namespace octavo::device
