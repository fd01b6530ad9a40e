// A quantized linear layer: y = act(x Wᵀ + b) with packed weights, everything but the product folded into the epilogue.
#pragma once

#include "ops/gemm_i8.h"
#include "ops/layer_weights.h"

namespace octavo {

/// Scales and zero points of int8 weights are [n] or one for all; other forms of weights have their own inside. Null
/// pointers mean none.
struct QuantizedLinearSpec {
  LayerWeights weights;
  const float* weight_scale = nullptr;
  size_t weight_scale_count = 0;
  ZeroPoints weight_zero;
  const float* input_scale = nullptr;               // [k]: what x is divided by first, where it is float32
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
  /// kUnsupported for what the form of weights does not have: static activations and int32 outputs are for int8
  /// weights, 8-bit outputs for weights that meet quantized rows.
  static Status create(const KernelSet& set, const QuantizedLinearSpec& spec, QuantizedLinear* layer);

  /// y is [m, n] of the layer's output type, contiguous. The residual is added before the activation.
  Status forward(const KernelSet& set, const LayerRows& x, const Residual& residual, void* y) const;

  size_t k() const { return shape_.k; }
  size_t n() const { return shape_.n; }
  OutputType output() const { return spec_.output; }
  /// What the layer was made from, with pointers into its own memory.
  const QuantizedLinearSpec& spec() const { return spec_; }
  /// Scales and biases of columns, the activation and the output's bounds, as forward() uses them. Terms of zero points
  /// are for the kernel set that the layer was made for.
  const GemmI8Epilogue& epilogue() const { return epilogue_; }
  /// True if the layer takes activations of this type.
  bool accepts(ActivationType type) const;
  size_t size_bytes() const { return columns_.size_bytes() + inputs_.size_bytes() + bytes_of(spec_.weights); }

 private:
  struct Product;

  Status fill_columns(const KernelSet& set, const QuantizedLinearSpec& spec);
  Status fill_column_scales(const KernelSet& set, const PackedInt8& weights, const QuantizedLinearSpec& spec);
  Status fill_inputs(const QuantizedLinearSpec& spec);
  GemmI8Epilogue epilogue_for(const Residual& residual) const;
  Status run(const PackedInt8& weights, const Product& product) const;
  Status run(const PackedInt4& weights, const Product& product) const;
  Status run(const PackedInt8Groups& weights, const Product& product) const;
  Status run(const PackedLut4& weights, const Product& product) const;
  Status run(const PackedF16& weights, const Product& product) const;

  WeightMemory columns_;  // float bias; for int8 weights float scale, int32 column terms (two), column factor and zero
                          // point; each [n]
  WeightMemory inputs_;   // float input scale [k]
  GemmI8Epilogue epilogue_;
  const int32_t* few_rows_term_ = nullptr;  // the epilogue's column term where the set for few rows runs
  QuantizedLinearSpec spec_;
  WeightShape shape_;
};

}  // namespace octavo
