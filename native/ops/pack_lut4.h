// 4-bit codebook weights (NF4, FP4) packed once for the GEMM that looks them up; the same for every kernel set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/gemm_lut4/gemm_lut4.h"
#include "ops/weight_memory.h"

namespace octavo {

struct PackedLut4 {
  size_t k = 0, n = 0;
  size_t group = 1;  // values of k that share a magnitude: the largest number that divides k and the source's block
  alignas(64) float table[kLut4TableSize] = {};
  WeightMemory panels;  // layout: kernels/gemm_lut4/gemm_lut4.h

  size_t size_bytes() const { return panels.size_bytes(); }
};

/// A matrix [n, k] as bitsandbytes has it: w[i] = table[code[i]] * absmax[i / block], i over the whole matrix row by
/// row. Blocks run on over the ends of rows.
struct Lut4Source {
  size_t k, n;
  size_t block;          // any but 0
  const uint8_t* codes;  // two a byte, the first in the high half; ceil(n k / 2) bytes
  const float* table;    // 16 values
  const float* absmax;   // ceil(n k / block) values
};

/// kRange if the block is 0, or a value of the table or a magnitude is not finite.
Status pack_lut4(const Lut4Source& source, PackedLut4* packed);

}  // namespace octavo
