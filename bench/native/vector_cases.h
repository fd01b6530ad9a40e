// Rotation and codes of TurboQuant, native, on every kernel set of the machine.
#pragma once

#include <cstddef>

namespace octavo::bench {

/// Prints nanoseconds a vector of `dim` float32 values, best and median: one Hadamard round with signs and factor, the
/// rotation, encoding and decoding, of a batch that stays in the caches; `seconds` for each line.
void run_vector_cases(size_t dim, double seconds);

}  // namespace octavo::bench
