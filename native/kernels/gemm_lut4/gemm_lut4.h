// float32 x 4-bit codebook GEMM micro-kernels: rows of float32 activations times weights that are codes of a table of
// 16 values, scaled by group: w = table[code] * absmax, as NF4 and FP4 have it.
//
// Definition    for each row m and column n, with groups of consecutive k:
//                 acc_g = 0; acc_g = fma(a[m, p], table[code[p, n]], acc_g) for the group's p, ascending
//                 f = 0; f = fma(acc_g, absmax[g, n], f) for g = 0, 1, ...
//               on every instruction set. It is the product with dequantized weights to rounding: a multiplication for
//               each weight would take as long as all else that it needs (measured on AVX-512: 255 us for 4096 x 4096
//               where this takes 222 and its bytes alone 205).
// Packed B      panels of vectors (core/weight_panels.h). A panel is its groups one after the other; a group is its
// steps of
//               8 values of k, then float32 absmax [vectors][16]. A step is [vectors][16] dwords; bits 4 j .. 4 j + 3
//               of a column's dword are the code of its value j. A group that is no multiple of 8 has less in its
//               last step. Columns beyond n have absmax 0.
// A, C          as in gemm_f16.h.
#pragma once

#include "kernels/gemm_f16/gemm_f16.h"

namespace octavo {

static constexpr size_t kLut4StepValues = 8, kLut4TableSize = 16;

struct GemmLut4Strip : PanelStrip {
  const float* table;  // 16 values, 64-byte aligned
  size_t group;        // values of k, a divisor of k
};

/// Sums of one group that join those of the groups before: c[r][j] = fma(sums[r][j], absmax[j], c[r][j]).
struct Lut4Sums {
  size_t rows, vectors;
  const float* sums;  // rows sums_stride elements apart, 64-byte aligned
  size_t sums_stride;
  const float* absmax;
  float* c;
  size_t c_stride;
};

struct GemmLut4Kernel {
  size_t mr;
  size_t few_rows;  // up to so many, strips are faster than the gemm_f32 kernel on decoded weights
  void (*run)(const GemmLut4Strip& strip);
  /// The table's values of codes, not scaled, in the panels of the same set's gemm_f32 kernel:
  /// [16 vectors / nr][values][nr]. The part lies within a group.
  void (*decode)(const PanelPart& part, const float* table, float* panels);
  void (*add)(const Lut4Sums& sums);
};

/// Bytes of one vector's steps of a group, without its absmax.
static constexpr size_t lut4_group_bytes(size_t group) {
  return (group + kLut4StepValues - 1) / kLut4StepValues * kStepBytes;
}

/// Bytes of one vector, all groups with their absmax.
static constexpr size_t lut4_vector_bytes(size_t k, size_t group) {
  return k / group * (lut4_group_bytes(group) + kVectorColumns * sizeof(float));
}

extern const GemmLut4Kernel kGemmLut4Scalar, kGemmLut4Avx2, kGemmLut4Avx512vnni, kGemmLut4Neon;

}  // namespace octavo
