// The definition of the histogram over arrays.
#include "kernels/histogram/histogram_scalar.h"

namespace octavo {
namespace {

void histogram_add(const float* x, size_t count, Histogram* histogram) {
  for (size_t i = 0; i < count; ++i) count_value(x[i], histogram);
}

}  // namespace

const HistogramKernel kHistogramScalar = {histogram_add};

}  // namespace octavo
