// The driver of products with weights that kernels decode: blocking and threads around few rows, whose kernels read
// codes, and many, for which pieces of the weights are decoded once and meet the float32 kernels.
#pragma once

#include "core/sizes.h"
#include "core/status.h"
#include "kernels/gemm_lut4/gemm_lut4.h"
#include "ops/finish_rows.h"

namespace octavo {

/// Weights in panels of vectors (gemm_f16.h).
class PanelWeights {
 public:
  const uint8_t* panels;
  size_t k, n;
  size_t group;         // values of k whose sums are one chain; k is a multiple of it
  size_t step_values;   // values of k in a step
  size_t vector_bytes;  // all of a vector
  bool scaled;          // sums of a group are scaled by the float32 [vectors][16] that follow its steps, and joined
  size_t strip_rows;    // the most that multiply() takes
  size_t few_rows;      // up to so many, strips are faster than decoding first

  virtual ~PanelWeights() = default;
  virtual void multiply(const PanelStrip& strip) const = 0;
  /// float32 values in panels of the gemm_f32 kernel.
  virtual void decode(const PanelPart& part, float* decoded) const = 0;

 protected:
  PanelWeights() = default;
};

/// c[m, n] of type float32 or float16 (kRange for another), contiguous; the same bytes with any number of threads.
Status run_panel_product(const KernelSet& set, const MatrixF32& a, const PanelWeights& b, const FloatEpilogue& epilogue,
                         const GemmI8Output& output);

}  // namespace octavo
