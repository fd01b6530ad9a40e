// float32 x 16-bit float GEMM micro-kernels: rows of float32 activations times weights in float16 or bfloat16, which
// are widened in registers.
//
// Definition    c[m, n] = f with f = 0; f = fma(a[m, p], float(b[p, n]), f) for p = 0, 1, ...: the chain of gemm_f32.h
//               on weights that are float32 exactly, on every instruction set.
// Packed B      panels of vectors (core/weight_panels.h). A panel is its steps of 2 values of k one after the other; a
//               step is [vectors][2][16] of 16 bits. Columns beyond n and rows beyond k are 0.
// A             rows `a_stride` elements apart, k elements of each are read.
// C             rows `c_stride` elements apart, written in whole vectors.
#pragma once

#include "core/weight_panels.h"

namespace octavo {

enum class HalfType { kFloat16, kBfloat16 };

static constexpr size_t kF16StepValues = 2;

struct GemmF16Strip : PanelStrip {
  HalfType type;
};

struct GemmF16Kernel {
  size_t mr;
  size_t few_rows;  // up to so many, strips are faster than the gemm_f32 kernel on decoded weights
  void (*run)(const GemmF16Strip& strip);
  /// The weights as float32, in the panels of the same set's gemm_f32 kernel: [16 vectors / nr][values][nr].
  void (*decode)(const PanelPart& part, HalfType type, float* panels);
  /// to[i] = the nearest float16, as the epilogue of gemm_i8.h has it.
  void (*narrow)(const float* values, size_t count, uint16_t* to);
};

/// Bytes of the steps of one vector.
static constexpr size_t f16_vector_bytes(size_t k) { return (k + 1) / kF16StepValues * kStepBytes; }

extern const GemmF16Kernel kGemmF16Scalar, kGemmF16Avx2, kGemmF16Avx512vnni, kGemmF16Neon;

}  // namespace octavo
