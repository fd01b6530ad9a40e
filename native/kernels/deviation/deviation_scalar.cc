// The definition of a deviation over arrays.
#include "kernels/deviation/deviation_scalar.h"

namespace octavo {
namespace {

Deviation measure(const float* x, const float* y, size_t count, DeviationBounds bounds) {
  DeviationLanes lanes;
  return finish(lanes, x, y, 0, count, bounds);
}

}  // namespace

const DeviationKernel kDeviationScalar = {measure};

}  // namespace octavo
