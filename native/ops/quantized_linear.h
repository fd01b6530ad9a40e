// A quantized linear layer: y = act(x Wᵀ + b) with int8 weights, everything but the product folded into the epilogue.
#pragma once

#include <memory>

#include "ops/gemm_i8.h"

namespace octavo {

/// Scales and zero points are [n] or one for all; null pointers mean none.
struct QuantizedLinearSpec {
  std::shared_ptr<const PackedInt8> weights;
  const float* weight_scale = nullptr;
  size_t weight_scale_count = 0;
  ZeroPoints weight_zero;
  const float* bias = nullptr;                      // [n]
  ActivationType input = ActivationType::kFloat32;  // kFloat32 with dynamic quantization, or the static byte type
  InputQuantization quantization;
  OutputType output = OutputType::kFloat32;
  float output_scale = 1;
  int32_t output_zero_point = 0;
  Activation activation;
};

/// float32 values that are added to a layer's outputs after the bias, rows `row_stride` elements apart; null for none.
struct Residual {
  const float* data = nullptr;
  size_t row_stride = 0;
};

/// float32 rows [m, k], or bytes of a static input type, `row_stride` elements apart.
struct LayerRows {
  ActivationType type;
  const void* data;
  size_t m, row_stride;
};

class QuantizedLinear {
 public:
  static Status create(const KernelSet& set, const QuantizedLinearSpec& spec, QuantizedLinear* layer);

  /// y is [m, n] of the layer's output type, contiguous. The residual is added before the activation.
  Status forward(const KernelSet& set, const LayerRows& x, const Residual& residual, void* y) const;

  const PackedInt8& weights() const { return *spec_.weights; }
  OutputType output() const { return spec_.output; }
  /// What the layer was made from, with pointers into its own memory.
  const QuantizedLinearSpec& spec() const { return spec_; }
  /// True if the layer takes activations of this type.
  bool accepts(ActivationType type) const;
  size_t size_bytes() const { return columns_.size_bytes() + weights().size_bytes(); }

 private:
  Status fill_columns(const KernelSet& set, const QuantizedLinearSpec& spec);

  WeightMemory columns_;  // float scale, float bias, int32 column terms (two), column factor and zero point, each [n]
  GemmI8Epilogue epilogue_;
  const int32_t* few_rows_term_ = nullptr;  // the epilogue's column term where the set for few rows runs
  QuantizedLinearSpec spec_;
};

}  // namespace octavo
