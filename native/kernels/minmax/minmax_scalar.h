// The definition of a range, one value at a time; vector kernels finish their tails with it.
#pragma once

#include <cfloat>
#include <cmath>

#include "kernels/minmax/minmax.h"

namespace octavo {
namespace {

inline MinMax empty_range() { return {HUGE_VALF, -HUGE_VALF, 0, 0}; }

/// Takes x into the range; adding 0 turns -0 into +0, so that the order of -0 and +0 leaves no trace.
inline void widen_range(float x, float& min, float& max, MinMax& counts) {
  if (x != x) {
    ++counts.nan_count;
  } else if (std::fabs(x) > FLT_MAX) {
    ++counts.infinity_count;
  } else {
    x = x + 0.0f;
    min = x < min ? x : min;
    max = x > max ? x : max;
  }
}

}  // namespace
}  // namespace octavo
