// Goes through an array and puts the results of a conversion (device/quantize_values.h) where they belong.
#pragma once

#include "cuda/device/value_share.h"

namespace octavo::device {

/// One chunk of a run, by the block.
template <typename Conversion>
OCTAVO_DEVICE void convert_chunk(const typename Conversion::Operands& o, const ValuePlan& plan) {
  using From = typename Conversion::From;
  const RunChunk chunk(plan, blockIdx.x);
  const Conversion conversion(o, o.params.channels == 1 ? 0 : chunk.run % o.params.channels);
  const auto* const from = Conversion::from(o);
  auto* const to = Conversion::to(o);
  const bool aligned = is_aligned<From>(from) && is_aligned<typename Conversion::To>(to);
  const auto convert = [&](const Span& span) {
    From values[kUnitsAtOnce];
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) values[i] = load_unit<From>(from, chunk.unit(i), span, aligned);
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i)
      store_unit(to, chunk.unit(i), span, aligned, Conversion::template convert<0>(o, values[i], &conversion));
  };
  if (aligned && chunk.is_whole())
    convert({0, SIZE_MAX});  // nothing to ask
  else
    convert(chunk.span);
}

/// Every step-th unit, by a thread.
template <typename Conversion>
OCTAVO_DEVICE void convert_columns(const typename Conversion::Operands& o, const ValuePlan& plan) {
  using From = typename Conversion::From;
  const size_t first = size_t{blockIdx.x} * kValueThreads + threadIdx.x, units = (o.count + 3) / 4;
  if (first >= plan.step) return;
  Conversion conversions[4];
  ChannelsOfUnit channels(first, o.params.channels, o.params.inner);
#pragma unroll
  for (auto& conversion : conversions) conversion = Conversion(o, channels.next());
  const auto* const from = Conversion::from(o);
  auto* const to = Conversion::to(o);
  const bool aligned = is_aligned<From>(from) && is_aligned<typename Conversion::To>(to);
  const Span span = {0, o.count};
  for (size_t u = first; u < units; u += kUnitsAtOnce * plan.step) {
    From values[kUnitsAtOnce];
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i) values[i] = load_unit<From>(from, u + i * plan.step, span, aligned);
#pragma unroll
    for (int i = 0; i < kUnitsAtOnce; ++i)
      store_unit(to, u + i * plan.step, span, aligned, Conversion::template convert<1>(o, values[i], conversions));
  }
}

}  // namespace octavo::device
