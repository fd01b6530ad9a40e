// 16-bit float weights packed once for the GEMM that widens them; the same for every kernel set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/gemm_f16/gemm_f16.h"
#include "ops/pack.h"

namespace octavo {

struct PackedF16 {
  size_t k = 0, n = 0;
  HalfType type = HalfType::kFloat16;
  WeightMemory panels;  // layout: kernels/gemm_f16/gemm_f16.h

  size_t size_bytes() const { return panels.size_bytes(); }
};

/// b holds the bits of float16 or bfloat16 values.
Status pack_f16(const uint16_t* b, HalfType type, const PackSource& source, PackedF16* packed);

/// b[n][k] = the bits that were packed.
void unpack_f16(const PackedF16& packed, uint16_t* b);

}  // namespace octavo
