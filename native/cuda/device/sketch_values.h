// The first pass of a sketch: range, counts and exact sums of an array.
#pragma once

#include "cuda/device/exact_sums.h"
#include "cuda/device/value_range.h"

namespace octavo::device {

OCTAVO_DEVICE void sketch_values(const SketchOperands& o, SumLimbs* table) {
  constexpr int kUnits = 2;
  constexpr uint32_t kWords = kSumPlaces * (sizeof(SumLimbs) / sizeof(uint64_t));
  auto* const words = reinterpret_cast<uint64_t*>(table);
  for (uint32_t i = threadIdx.x; i < kWords; i += kSketchThreads) words[i] = 0;
  __syncthreads();
  const bool aligned = is_aligned<Float4>(o.x);
  const Span span = {0, o.count};
  const size_t threads = size_t{gridDim.x} * kSketchThreads, units = (o.count + 3) / 4;
  const size_t own = size_t{blockIdx.x} * kSketchThreads + threadIdx.x;
  ValueBounds bounds;
  ValueCounts counts;
  WindowSums sums(table);
  // Whole warps go on as long as one of their threads has a unit.
  for (size_t u = own; u - own % 32 < units; u += kUnits * threads) {
    float values[4 * kUnits];
#pragma unroll
    for (int i = 0; i < kUnits; ++i) {
      const Float4 unit = load_unit<Float4>(o.x, u + i * threads, span, aligned);
#pragma unroll
      for (int j = 0; j < 4; ++j) values[4 * i + j] = unit.v[j];
      widen_by_unit<0>(&bounds, &counts, unit, u + i * threads, span);
    }
    sums.add(values);
  }
  sums.flush();
  widen_range(o.range, bounds);
  counts.add_to(o.counts);
  __syncthreads();
  auto* const total = reinterpret_cast<uint64_t*>(o.sums);
  for (uint32_t i = threadIdx.x; i < kWords; i += kSketchThreads)
    if (words[i] != 0) atomic_add(total + i, words[i]);
}

}  // namespace octavo::device
