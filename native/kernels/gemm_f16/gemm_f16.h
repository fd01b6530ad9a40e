// float32 x 16-bit float GEMM micro-kernels: rows of float32 activations times weights in float16 or bfloat16, which
// are widened in registers.
//
// Definition    c[m, n] = f with f = 0; f = fma(a[m, p], float(b[p, n]), f) for p = 0, 1, ...: the chain of gemm_f32.h
//               on weights that are float32 exactly, on every instruction set.
// Packed B      panels of 8 vectors of 16 columns, 64-byte aligned; the last panel has as many vectors as are left. A
//               panel is its steps of 2 values of k one after the other; a step is [vectors][2][16] of 16 bits.
//               Columns beyond n and rows beyond k are 0.
// A             rows `a_stride` elements apart, k elements of each are read.
// C             rows `c_stride` elements apart, written in whole vectors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

enum class HalfType { kFloat16, kBfloat16 };

static constexpr size_t kVectorColumns = 16, kPanelVectors = 8, kPanelColumns = kVectorColumns * kPanelVectors;
/// Bytes that a vector takes of a step.
static constexpr size_t kStepBytes = 64;
static constexpr size_t kF16StepValues = 2;

/// Few rows times panels whose weights are decoded on the way.
struct PanelStrip {
  size_t rows;  // 1 .. mr
  size_t vectors, k;
  const float* a;
  size_t a_stride;
  const uint8_t* b;  // starts with a panel
  float* c;
  size_t c_stride;
};

struct GemmF16Strip : PanelStrip {
  HalfType type;
};

/// Weights of some neighbouring vectors of a panel, from the start of a step on.
struct PanelPart {
  const uint8_t* b;   // the first vector's part of the step
  size_t step_bytes;  // from one step to the next: 64 for each vector of the panel
  size_t vectors;
  size_t values;  // of k
  size_t nr;      // columns of the decoded panels: 8 or 16
};

struct GemmF16Kernel {
  size_t mr;
  void (*run)(const GemmF16Strip& strip);
  /// The weights as float32, in panels as gemm_f32.h has them: [16 vectors / nr][values][nr].
  void (*decode)(const PanelPart& part, HalfType type, float* panels);
  /// to[i] = the nearest float16, as the epilogue of gemm_i8.h has it.
  void (*narrow)(const float* values, size_t count, uint16_t* to);
};

/// Bytes of the steps of one vector.
static constexpr size_t f16_vector_bytes(size_t k) { return (k + 1) / kF16StepValues * kStepBytes; }

extern const GemmF16Kernel kGemmF16Scalar, kGemmF16Avx2, kGemmF16Avx512vnni, kGemmF16Neon;

}  // namespace octavo
