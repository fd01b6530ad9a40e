// Packed weights back in plain order: to hand them out, or to pack them for another kernel set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ops/pack.h"
#include "ops/pack_int4.h"
#include "ops/pack_lut4.h"

namespace octavo {

/// Panels [ceil(n / nr)][ceil(k / kr)][nr][kr] of int8, as a GemmI8Kernel with these numbers has them.
struct PanelShape {
  size_t k, n, nr, kr;
};

/// b[n][k] from packed panels.
void unpack_int8(const int8_t* panels, const PanelShape& shape, int8_t* b);

/// b[n][k] from weights packed for `set`.
void unpack_float32(const KernelSet& set, const PackedFloat32& packed, float* b);

/// b[n][k] and sums[n], the rows' sums modulo 2^32, from weights packed for `set`.
void unpack_rows(const KernelSet& set, const PackedInt8& packed, int8_t* b, int32_t* sums);

/// 4-bit weights as they were before they were packed.
struct PlainInt4Arrays {
  uint8_t* codes;        // [n][k], 0 .. 15, one a byte
  float* scales;         // [n][groups]
  uint8_t* zero_points;  // [n][groups]; not written where all are 8
};
void unpack_int4(const PackedInt4& packed, const PlainInt4Arrays& plain);

/// codes[n][k], 0 .. 15, one a byte, and absmax[n][k / group].
void unpack_lut4(const PackedLut4& packed, uint8_t* codes, float* absmax);

}  // namespace octavo
