// Ranges of float32 data: minimum and maximum of the finite values, and how many were not finite.
// A range without a finite value is [+Infinity, -Infinity]; a zero in a result is +0.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct MinMax {
  float min, max;
  uint64_t nan_count, infinity_count;
};

/// A range for each of `count` columns.
struct ColumnRanges {
  float* min;
  float* max;
  size_t count;
};

struct MinMaxKernel {
  /// Range of `count` values.
  MinMax (*uniform)(const float* x, size_t count);
  /// Widens the ranges by contiguous rows of a value for each column; adds to the counts in `total`.
  void (*columns)(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total);
};

extern const MinMaxKernel kMinMaxScalar, kMinMaxAvx2, kMinMaxAvx512vnni, kMinMaxNeon;

}  // namespace octavo
