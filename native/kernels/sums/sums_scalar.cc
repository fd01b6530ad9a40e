// The definition of exact sums over arrays.
#include "kernels/sums/sums_scalar.h"

namespace octavo {
namespace {

void sums_add(const float* x, size_t count, int, ExactSums* sums) {
  for (size_t i = 0; i < count; ++i) add_value(x[i], sums);
}

}  // namespace

const SumsKernel kSumsScalar = {sums_add};

}  // namespace octavo
