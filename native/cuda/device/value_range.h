// Minimum, maximum and what is not finite of the values that a thread has seen, kernels/minmax/minmax.h.
#pragma once

#include <cfloat>
#include <cmath>

#include "core/float_bits.h"
#include "cuda/device/observe_operands.h"
#include "cuda/device/simt_instructions.h"
#include "cuda/device/unit_access.h"

namespace octavo::device {

/// Numbers in the order of the floats; -0 as +0.
OCTAVO_DEVICE uint32_t order_key(float value) {
  const uint32_t bits = bits_of(value + 0.0f);
  return bits ^ (bits >> 31 != 0 ? 0xFFFFFFFF : 0x80000000);
}
OCTAVO_DEVICE float value_of_key(uint32_t key) {
  return float_of_bits(key ^ (key >> 31 != 0 ? 0x80000000 : 0xFFFFFFFF));
}

OCTAVO_DEVICE bool is_finite(float value) { return std::fabs(value) <= FLT_MAX; }

/// A maximum that is rarely raised is read first: reading is not done one thread after the other.
OCTAVO_DEVICE void raise(uint32_t* key, uint32_t to) {
  if (to > *static_cast<volatile uint32_t*>(key)) atomic_max(key, to);
}

/// Bounds without the counts. The order of -0 and +0 in them leaves no trace in their keys.
struct ValueBounds {
  float min = HUGE_VALF, max = -HUGE_VALF;

  OCTAVO_DEVICE void widen(float finite) {
    min = std::fmin(min, finite);
    max = std::fmax(max, finite);
  }
  OCTAVO_DEVICE RangeKeys keys() const { return {order_key(max), order_key(-min)}; }
};

struct ValueCounts {
  uint32_t nan = 0, infinity = 0;

  OCTAVO_DEVICE void count(float not_finite) {
    if (not_finite != not_finite)
      ++nan;
    else
      ++infinity;
  }
  /// By whole warps.
  OCTAVO_DEVICE void add_to(NonFiniteCounts* counts) const {
    if (warp_ballot((nan | infinity) != 0) == 0) return;
    const uint64_t all_nan = warp_sum(uint64_t{nan}), all_infinity = warp_sum(uint64_t{infinity});
    if (threadIdx.x % 32 != 0) return;
    atomic_add(&counts->nan, all_nan);
    atomic_add(&counts->infinity, all_infinity);
  }
};

/// Widens bounds[i] by value i of a unit; those beyond the span are none.
template <int kStep>
OCTAVO_DEVICE void widen_by_unit(ValueBounds* bounds, ValueCounts* counts, const Float4& x, size_t unit,
                                 const Span& span) {
  if (span.holds_unit(unit) && is_finite(x.v[0]) && is_finite(x.v[1]) && is_finite(x.v[2]) && is_finite(x.v[3])) {
#pragma unroll
    for (int i = 0; i < 4; ++i) bounds[i * kStep].widen(x.v[i]);
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (!span.holds(4 * unit + i)) continue;
    if (is_finite(x.v[i]))
      bounds[i * kStep].widen(x.v[i]);
    else
      counts->count(x.v[i]);
  }
}

/// Gives the bounds of a warp's threads, all of one channel, to the channel's range.
OCTAVO_DEVICE void widen_range(RangeKeys* range, const ValueBounds& bounds) {
  const RangeKeys own = bounds.keys();
  const uint32_t max = warp_max(own.max), negative_min = warp_max(own.negative_min);
  if (threadIdx.x % 32 != 0) return;
  raise(&range->max, max);
  raise(&range->negative_min, negative_min);
}

}  // namespace octavo::device
