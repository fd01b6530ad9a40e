// Codes and scales of rounded weights improved one at a time, until the outputs' error falls no more: cyclic exact
// minimization by columns, as in K. Behdin et al., "QuantEase", 2023, and by scales.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/gemm_f64.h"
#include "ops/weight_levels.h"

namespace octavo {

struct CodeRefinement {
  size_t first_row, end_row, columns;  // the rows to work on
  const float* weights;                // of the whole matrix [.., columns], as all arrays by rows are
  const uint8_t* dead;                 // columns whose weights do not matter, and keep their codes
  /// H [columns, columns], symmetric with a positive diagonal. Read only.
  double* hessian;
  size_t sweeps;  // over all columns, at most; ends where a sweep changes nothing in a batch of rows
  bool scales;    // Steps only: before each sweep the scale of each block that fits its codes best, the others being as
                  // they are
};

/// Lowers e H eᵀ of each row's errors e = w - v, in place: codes [rows, columns], and the scales of steps. Each step is
/// the exact minimum over one code or one scale. All in double, in one order: columns ascending; of scales blocks
/// ascending.
Status refine_codes(const KernelSet& set, const CodeRefinement& problem, const StepLevels& levels, int16_t* codes);
Status refine_codes(const KernelSet& set, const CodeRefinement& problem, const TableLevels& levels, int16_t* codes);

}  // namespace octavo
