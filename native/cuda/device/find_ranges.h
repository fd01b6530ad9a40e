// Ranges of an array's channels.
#pragma once

#include "cuda/device/value_range.h"
#include "cuda/device/value_share.h"

namespace octavo::device {

/// Chunks of runs, which the blocks take in turn; `chunks` of them.
OCTAVO_DEVICE void find_run_ranges(const RangeOperands& o, const ValuePlan& plan, size_t chunks) {
  const bool aligned = is_aligned<Float4>(o.x);
  ValueBounds bounds;
  ValueCounts counts;
  for (size_t c = blockIdx.x; c < chunks; c += gridDim.x) {
    const RunChunk chunk(plan, c);
    Float4 values[kUnitsAtOnce];
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) values[i] = load_unit<Float4>(o.x, chunk.unit(i), chunk.span, aligned);
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) widen_by_unit<0>(&bounds, &counts, values[i], chunk.unit(i), chunk.span);
    if (o.channels == 1) continue;
    widen_range(o.keys + chunk.run % o.channels, bounds);
    bounds = {};
  }
  if (o.channels == 1) widen_range(o.keys, bounds);
  counts.add_to(o.counts);
}

/// Every step-th unit, by a thread. The block's ranges meet in `shared` first, if it has room for all channels.
OCTAVO_DEVICE void find_column_ranges(const RangeOperands& o, const ValuePlan& plan, RangeKeys* shared) {
  if (shared != nullptr) {
    for (size_t c = threadIdx.x; c < o.channels; c += kValueThreads) shared[c] = {0, 0};
    __syncthreads();
  }
  const size_t first = size_t{blockIdx.x} * kValueThreads + threadIdx.x;
  const Span span = {0, first < plan.step ? o.count : 0};
  const bool aligned = is_aligned<Float4>(o.x);
  ValueBounds bounds[4];
  ValueCounts counts;
  for (size_t u = first; 4 * u < span.end; u += kUnitsAtOnce * plan.step) {
    Float4 values[kUnitsAtOnce];
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) values[i] = load_unit<Float4>(o.x, u + i * plan.step, span, aligned);
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) widen_by_unit<1>(bounds, &counts, values[i], u + i * plan.step, span);
  }
  ChannelsOfUnit channels(first, o.channels, o.inner);
  RangeKeys* const ranges = shared != nullptr ? shared : o.keys;
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const size_t c = channels.next();
    const RangeKeys own = bounds[i].keys();
    raise(&ranges[c].max, own.max);
    raise(&ranges[c].negative_min, own.negative_min);
  }
  counts.add_to(o.counts);
  if (shared == nullptr) return;
  __syncthreads();
  for (size_t c = threadIdx.x; c < o.channels; c += kValueThreads) {
    raise(&o.keys[c].max, shared[c].max);
    raise(&o.keys[c].negative_min, shared[c].negative_min);
  }
}

}  // namespace octavo::device
