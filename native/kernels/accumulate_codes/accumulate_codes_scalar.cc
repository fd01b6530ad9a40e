// The definition of the accumulate_codes kernel.
#include "kernels/accumulate_codes/accumulate_codes_scalar.h"

namespace octavo {
namespace {

void accumulate_codes_scalar(const AccumulateCodes& sum) { accumulate_from(sum, 0); }

}  // namespace

const AccumulateCodesKernel kAccumulateCodesScalar = {accumulate_codes_scalar};

}  // namespace octavo
