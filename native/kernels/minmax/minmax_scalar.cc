// The definition of ranges over arrays.
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  for (size_t i = 0; i < count; ++i) widen_range(x[i], range.min, range.max, range);
  return range;
}

void minmax_row(const float* x, const ColumnRanges& ranges, MinMax* total) {
  const auto [min, max, count] = ranges;
  for (size_t i = 0; i < count; ++i) widen_range(x[i], min[i], max[i], *total);
}

void minmax_columns(const float* x, size_t rows, const ColumnRanges& ranges, MinMax* total) {
  for (size_t r = 0; r < rows; ++r) minmax_row(x + r * ranges.count, ranges, total);
}

}  // namespace

const MinMaxKernel kMinMaxScalar = {minmax_uniform, minmax_columns};

}  // namespace octavo
