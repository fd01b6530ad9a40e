// The codebooks as kernels read them.
#pragma once

#include "kernels/codes/codes.h"

namespace octavo {

/// Of 1 to 8 bits; made once, and the same for everybody.
const Codebook& codebook_of(size_t bits);

}  // namespace octavo
