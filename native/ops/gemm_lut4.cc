#include "ops/gemm_lut4.h"

#include <algorithm>

#include "ops/panel_product.h"
#include "ops/panel_rows.h"

namespace octavo {
namespace {

class Lut4Weights : public PanelWeights {
 public:
  Lut4Weights(const KernelSet& set, const PackedLut4& packed) : kernel_(*set.gemm_lut4), table_(packed.table) {
    panels = packed.panels.as<uint8_t>();
    k = packed.k, n = packed.n, group = packed.group, step_values = kLut4StepValues;
    vector_bytes = lut4_vector_bytes(k, group), scaled = true, strip_rows = kernel_.mr, few_rows = kernel_.few_rows;
  }
  void multiply(const PanelStrip& strip) const override { kernel_.run({strip, table_, group}); }
  void decode(const PanelPart& part, float* decoded) const override { kernel_.decode(part, table_, decoded); }

 private:
  const GemmLut4Kernel& kernel_;
  const float* table_;
};

}  // namespace

Status run_gemm_lut4(const KernelSet& set, const MatrixF32& a, const PackedLut4& b, const FloatEpilogue& epilogue,
                     const GemmI8Output& output) {
  return run_panel_product(set, a, Lut4Weights(set, b), epilogue, output);
}

Status dequantize_lut4(const KernelSet& set, const PackedLut4& packed, float* b) {
  return decode_rows(set, Lut4Weights(set, packed), b);
}

}  // namespace octavo
