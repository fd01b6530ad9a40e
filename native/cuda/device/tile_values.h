// What an epilogue needs of the rows and columns of one tile of C, in shared memory.
//
// Two additions of the epilogue need no decision: a column without a term has the term 0, and one without a bias the
// bias -0, which changes no float.
#pragma once

#include <type_traits>

#include "cuda/device/gemm_i8_operands.h"
#include "cuda/device/platform.h"
#include "cuda/device/vector_access.h"

namespace octavo::device {

/// What the epilogue reads of a tile's columns and rows, in shared memory; whatever where C has no such column or row.
template <int kRows, int kColumns>
struct alignas(16) TileValues {
  float column_scale[kColumns], bias[kColumns];
  uint32_t column_term[kColumns];
  float row_scale[kRows];
};

/// What the epilogue reads of four columns.
struct ColumnValues {
  Words4 scale, bias, term;
};

template <typename Values>
OCTAVO_DEVICE ColumnValues column_values(const Values& values, int first) {
  const auto words = [&](const auto* from) { return *reinterpret_cast<const Words4*>(from + first); };
  return {words(values.column_scale), words(values.bias), words(values.column_term)};
}

/// The first row and column of a tile of C [m, n].
struct TilePlace {
  size_t m, n, row, column;
};

/// Brings a tile's values to shared memory, by `threads` threads of which this is number `thread`.
template <int kRows, int kColumns>
OCTAVO_DEVICE void bring_values(TileValues<kRows, kColumns>& to, const GemmI8Result& result, const TilePlace& place,
                                unsigned thread, unsigned threads) {
  const GemmI8Epilogue& e = result.epilogue;
  for (unsigned i = thread; i < kColumns; i += threads) {
    const size_t j = place.column + i;
    if (j >= place.n) break;
    to.column_term[i] = e.column_term ? static_cast<uint32_t>(e.column_term[j]) : 0;
    to.bias[i] = e.bias ? e.bias[j] : -0.0f;
    if (result.output != OutputType::kInt32) to.column_scale[i] = e.column_scale[j];
  }
  if (result.output == OutputType::kInt32) return;
  for (unsigned i = thread; i < kRows; i += threads) {
    if (place.row + i >= place.m) break;
    to.row_scale[i] = e.row_scale[(place.row + i) * e.row_scale_step];
  }
}

/// Calls use(std::integral_constant<OutputType, kind>) with the kind of store: all 8-bit outputs are stored alike.
template <typename Use>
OCTAVO_DEVICE void with_output(OutputType output, Use&& use) {
  switch (output) {
    case OutputType::kInt32:
      return use(std::integral_constant<OutputType, OutputType::kInt32>{});
    case OutputType::kFloat32:
      return use(std::integral_constant<OutputType, OutputType::kFloat32>{});
    case OutputType::kFloat16:
      return use(std::integral_constant<OutputType, OutputType::kFloat16>{});
    default:
      return use(std::integral_constant<OutputType, OutputType::kInt8>{});
  }
}

}  // namespace octavo::device
