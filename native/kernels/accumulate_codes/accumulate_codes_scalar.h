// The definition of accumulate_codes, and what the vector kernels leave to it: the last coordinates of a row, and the
// widths without a kernel of their own.
#pragma once

#include "core/fused_multiply_add.h"
#include "kernels/accumulate_codes/accumulate_codes.h"
#include "kernels/codes/codes_scalar.h"

namespace octavo {
namespace {

/// Coordinates `first` .. dim - 1 of every query.
inline void accumulate_from(const AccumulateCodes& sum, size_t first) {
  if (first == sum.dim) return;
  for (size_t i = 0; i < sum.tokens; ++i) {
    const uint8_t* row = sum.codes + i * sum.row_stride;
    for (size_t j = first; j < sum.dim; ++j) {
      const float level = sum.levels[get_code(row, j, sum.dim, sum.bits)];
      for (size_t r = 0; r < sum.queries; ++r) {
        float& acc = sum.acc[r * sum.acc_stride + j];
        acc = fused_multiply_add(sum.weights[r * sum.weight_stride + i], level, acc);
      }
    }
  }
}

}  // namespace
}  // namespace octavo
