// 8-bit weights whose groups of consecutive k have scales of their own, as two planes of 4 bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/pack_int4.h"

namespace octavo {

/// w - z = 16 (h - zh) + (l - zl), h and zh the upper four bits as -8 .. 7, l and zl the lower ones as 0 .. 15: two
/// matrices for the int4 GEMM, the first with scales 16 times as large, which is exact.
struct PackedInt8Groups {
  size_t k = 0, n = 0;
  PackedInt4 high, low;

  size_t size_bytes() const { return high.size_bytes() + low.size_bytes(); }
};

/// As Int4Source, one value a byte.
struct Int8GroupsSource {
  size_t k, n;
  size_t group;               // any; 0 or more than k: the whole of k
  const int8_t* values;       // [n, k]
  const float* scales;        // [n, groups]
  const int8_t* zero_points;  // [n, groups], or null: 0
};

/// kRange as pack_int4, and for scales of which 16 times would not be finite.
Status pack_int8_groups(const Int8GroupsSource& source, PackedInt8Groups* packed);

}  // namespace octavo
