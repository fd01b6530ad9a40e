// The definition of a randomized Hadamard round.
#include "kernels/hadamard/hadamard_scalar.h"

namespace octavo {

const HadamardKernel kHadamardScalar = {for_rows<forward_row>, for_rows<backward_row>};

}  // namespace octavo
