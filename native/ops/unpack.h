// Packed weights back in plain order: to hand them out, or to pack them for another kernel set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/pack.h"

namespace octavo {

/// Panels [ceil(n / nr)][ceil(k / kr)][nr][kr] of int8, as a GemmI8Kernel with these numbers has them.
struct PanelShape {
  size_t k, n, nr, kr;
};

/// b[n][k] from packed panels.
void unpack_int8(const int8_t* panels, const PanelShape& shape, int8_t* b);

/// b[n][k] from weights packed for `set`.
void unpack_float32(const KernelSet& set, const PackedFloat32& packed, float* b);

}  // namespace octavo
