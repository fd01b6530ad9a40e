// The definition of ranges over arrays.
#include "kernels/minmax/minmax_scalar.h"

namespace octavo {
namespace {

MinMax minmax_uniform(const float* x, size_t count) {
  MinMax range = empty_range();
  for (size_t i = 0; i < count; ++i) widen_range(x[i], range.min, range.max, range);
  return range;
}

void minmax_columns(const float* x, float* min, float* max, size_t count, MinMax* total) {
  for (size_t i = 0; i < count; ++i) widen_range(x[i], min[i], max[i], *total);
}

}  // namespace

const MinMaxKernel kMinMaxScalar = {minmax_uniform, minmax_columns};

}  // namespace octavo
