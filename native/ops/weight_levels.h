// The values that quantized weights can take, for methods that round weights one by one: all in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace octavo {

/// Integers times a scale, for blocks of consecutive columns of a row: w = scale * (code - zero point).
struct StepLevels {
  size_t block, blocks;  // columns of a block, blocks of a row
  int32_t low, high;     // codes
  float* scale;          // [rows, blocks], greater than 0
  int32_t* zero_point;

  size_t index(size_t row, size_t column) const { return row * blocks + column / block; }
  int32_t nearest(size_t row, size_t column, double value) const {
    const size_t at = index(row, column);
    const double q = std::nearbyint(value / static_cast<double>(scale[at])) + zero_point[at];
    return q >= high ? high : q > low ? static_cast<int32_t>(q) : low;
  }
  double weight(size_t row, size_t column, int32_t code) const {
    const size_t at = index(row, column);
    return (static_cast<double>(code) - zero_point[at]) * static_cast<double>(scale[at]);
  }
};

/// One of 16 values times the largest magnitude of a block; blocks run on over the ends of rows. A value belongs to the
/// code of the interval between bounds that it lies in; one that equals a bound lies below it.
struct TableLevels {
  static constexpr double kLeastMagnitude = 1e-38;  // below it, its inverse would not be finite

  size_t columns, block;
  const float* absmax;
  const float* table;   // [16], by code
  const float* bounds;  // [bound_count] ascending
  size_t bound_count;
  const uint8_t* codes;  // [bound_count + 1], of the intervals

  size_t index(size_t row, size_t column) const { return (row * columns + column) / block; }
  int32_t nearest(size_t row, size_t column, double value) const {
    const double magnitude = std::max(static_cast<double>(absmax[index(row, column)]), kLeastMagnitude);
    const double x = value * static_cast<double>(static_cast<float>(1 / magnitude));
    size_t below = 0;
    while (below < bound_count && x > static_cast<double>(bounds[below])) ++below;
    return codes[below];
  }
  double weight(size_t row, size_t column, int32_t code) const {
    return static_cast<double>(table[code & 15]) * static_cast<double>(absmax[index(row, column)]);
  }
};

}  // namespace octavo
