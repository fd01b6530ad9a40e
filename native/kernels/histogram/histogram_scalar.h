// The definition of the histogram, one value at a time; vector kernels finish their tails with it.
#pragma once

#include <cmath>

#include "kernels/histogram/histogram.h"

namespace octavo {
namespace {

inline void count_value(float x, Histogram* h) {
  if (x != x) {
    ++h->nan_count;
    return;
  }
  const float bin = std::fabs(x) * h->bins_per_unit;
  if (!(bin < static_cast<float>(h->half_bins))) {
    ++h->beyond_limit;
    return;
  }
  const uint32_t index = static_cast<uint32_t>(bin);
  ++h->counts[x < 0.0f ? h->half_bins - 1 - index : h->half_bins + index];
}

}  // namespace
}  // namespace octavo
