// Weights packed once for a kernel set. B is [k, n], or [n, k] when transposed; the source is not needed afterwards.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"
#include "ops/weight_memory.h"

namespace octavo {

struct PackedInt8 {
  size_t k = 0, n = 0, k_padded = 0;
  WeightMemory panels;       // layout: kernels/gemm_i8/gemm_i8.h
  WeightMemory column_sums;  // int32 [n], sums over k modulo 2^32

  size_t size_bytes() const { return panels.size_bytes() + column_sums.size_bytes(); }
};

struct PackedFloat32 {
  size_t k = 0, n = 0;
  WeightMemory panels;  // layout: kernels/gemm_f32/gemm_f32.h

  size_t size_bytes() const { return panels.size_bytes(); }
};

struct PackSource {
  size_t k, n;
  bool transposed;
};

Status pack_int8(const KernelSet& set, const int8_t* b, const PackSource& source, PackedInt8* packed);
Status pack_float32(const KernelSet& set, const float* b, const PackSource& source, PackedFloat32* packed);

}  // namespace octavo
