#include "ops/gemm_f16.h"

#include <algorithm>

#include "ops/panel_product.h"
#include "ops/panel_rows.h"

namespace octavo {
namespace {

class F16Weights : public PanelWeights {
 public:
  F16Weights(const KernelSet& set, const PackedF16& packed) : kernel_(*set.gemm_f16), type_(packed.type) {
    panels = packed.panels.as<uint8_t>();
    k = packed.k, n = packed.n, group = std::max<size_t>(k, 1), step_values = kF16StepValues;
    vector_bytes = f16_vector_bytes(k), scaled = false, strip_rows = kernel_.mr, few_rows = kernel_.few_rows;
  }
  void multiply(const PanelStrip& strip) const override { kernel_.run({strip, type_}); }
  void decode(const PanelPart& part, float* decoded) const override { kernel_.decode(part, type_, decoded); }

 private:
  const GemmF16Kernel& kernel_;
  HalfType type_;
};

}  // namespace

Status run_gemm_f16(const KernelSet& set, const MatrixF32& a, const PackedF16& b, const FloatEpilogue& epilogue,
                    const GemmI8Output& output) {
  return run_panel_product(set, a, F16Weights(set, b), epilogue, output);
}

Status dequantize_f16(const KernelSet& set, const PackedF16& packed, float* b) {
  return decode_rows(set, F16Weights(set, packed), b);
}

}  // namespace octavo
