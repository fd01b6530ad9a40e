// Sums of an int8 product to float16, as the fused epilogue makes them: what a product without one has after it.
#pragma once

#include "core/float_bits.h"
#include "cuda/device/platform.h"
#include "cuda/device/scale_sums_operands.h"

namespace octavo::device {

struct alignas(16) FourSums {
  int32_t values[4];
};
struct alignas(16) EightHalves {
  uint16_t values[8];
};

OCTAVO_DEVICE uint16_t scaled_sum(int32_t sum, float row_scale, float column_scale) {
  const float f = static_cast<float>(sum) * row_scale;
  return to_float16(f * column_scale);
}

/// A thread's eight columns, from memory and to it 16 bytes at a time. 8 divides n and the addresses are aligned.
OCTAVO_DEVICE void scale_eight(const ScaleSums& o, size_t first_row, size_t last_row, size_t column) {
  float scales[ScaleSumsTile::kEach];
#pragma unroll
  for (int i = 0; i < ScaleSumsTile::kEach; ++i) scales[i] = o.column_scale[column + static_cast<size_t>(i)];
#pragma unroll 4
  for (size_t row = first_row; row < last_row; ++row) {
    const auto* const from = reinterpret_cast<const FourSums*>(o.sums + row * o.n + column);
    const FourSums low = from[0], high = from[1];
    const float row_scale = o.row_scale[row];
    EightHalves halves;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      halves.values[i] = scaled_sum(low.values[i], row_scale, scales[i]);
      halves.values[4 + i] = scaled_sum(high.values[i], row_scale, scales[4 + i]);
    }
    *reinterpret_cast<EightHalves*>(o.y + row * o.n + column) = halves;
  }
}

/// Rows first_row .. last_row of a thread's columns, of which those beyond n are not there.
OCTAVO_DEVICE void scale_each(const ScaleSums& o, size_t first_row, size_t last_row, size_t column) {
  const size_t end = o.n - column < ScaleSumsTile::kEach ? o.n : column + ScaleSumsTile::kEach;
  for (size_t row = first_row; row < last_row; ++row)
    for (size_t j = column; j < end; ++j)
      o.y[row * o.n + j] = scaled_sum(o.sums[row * o.n + j], o.row_scale[row], o.column_scale[j]);
}

}  // namespace octavo::device
