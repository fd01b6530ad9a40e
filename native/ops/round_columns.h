// GPTQ (E. Frantar, S. Ashkboos, T. Hoefler and D. Alistarh, "GPTQ", ICLR 2023): weights are rounded column by column,
// and those that are still to come make up for each error.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/block_params.h"
#include "ops/gemm_f64.h"
#include "ops/weight_levels.h"

namespace octavo {

/// Some rows of a matrix of weights [rows, columns] and what is known of their inputs' second moments H [columns,
/// columns].
struct ColumnRounding {
  size_t first_row, end_row, columns;  // the rows to work on
  const float* weights;                // of the whole matrix [.., columns], as all arrays by rows are
  const int32_t* order;                // order[i] is the column that is rounded as the i-th
  const uint8_t* dead;                 // columns whose weights do not matter, and become 0
  /// Upper triangular U, Uᵀ U = H⁻¹, in the order of `order`. Read only.
  double* factor;
  /// Steps only, in the order of the columns: a block's parameters are chosen when its first column is reached, from
  /// weights that make up for earlier errors. Null: they stay.
  const BlockSearch* refit;
  /// Steps only: each row's scales are tried times each of these, and the best of them kept. At least one.
  const double* parts;
  size_t part_count;
};

/// codes [.., columns]. Of steps the scales, with `refit` the zero points too, are written. All in double: each
/// weight is one chain of differences in the order of the columns, on every kernel set and any number of threads. Of
/// equally good parts the first wins; how good one is, is the sum over columns of the squared errors over U's diagonal.
Status round_columns(const KernelSet& set, const ColumnRounding& problem, const StepLevels& levels, int16_t* codes);
Status round_columns(const KernelSet& set, const ColumnRounding& problem, const TableLevels& levels, int16_t* codes);

}  // namespace octavo
