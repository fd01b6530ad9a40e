// A quantized linear layer on a GPU: what ops/quantized_linear.h computes, with the same bits.
#pragma once

#include <variant>

#include "cuda/float_matrix.h"
#include "cuda/int4_matrix.h"
#include "cuda/int8_matrix.h"
#include "cuda/lut4_matrix.h"

namespace octavo::cuda {

/// 8-bit weights in groups, as two planes of 4 bits; see ops/gemm_i8_groups.h.
struct PlainInt8Groups {
  PlainInt4 high, low;
};

/// What a layer is made from; everything lies on the host and is not needed afterwards.
struct LinearSpec {
  std::variant<PlainInt8, PlainInt4, PlainInt8Groups, PlainLut4, PlainFloats> weights;
  const float* input_scale = nullptr;  // [k]: what x is divided by first, or null
  bool dynamic = true;                 // float32 rows are quantized by their own largest magnitudes
  UniformParams input = {};            // else: as what bytes they meet int8 weights, or come
  OutputType output = OutputType::kFloat32;
  /// As the layer on the CPU has it: column scales, biases, the activation, the output's scale and bounds. Column
  /// factors are those of int8 weights with zero points. Other pointers are not read.
  GemmI8Epilogue epilogue;
};

/// Rows on the device, float32 or the bytes of a static layer.
using LinearRows = std::variant<DeviceRows<float>, DeviceRows<uint8_t>>;

class Linear {
 public:
  Status upload(const std::shared_ptr<Device>& device, const LinearSpec& spec);

  /// Puts y [m, n], contiguous, of the layer's output type, on the device's stream. residual: [m, n] on the device,
  /// which is added before the activation, or null.
  Status forward(const LinearRows& x, const float* residual, void* y) const;

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t k() const { return k_; }
  size_t n() const { return n_; }
  OutputType output() const { return output_; }
  bool dynamic() const { return dynamic_; }
  /// The bytes of a static layer: int8 instead of uint8.
  bool input_signed() const { return input_.range.low < 0; }
  size_t size_bytes() const;

 private:
  struct Int8Planes {
    Int4Matrix high, low;
    size_t k() const { return low.k(); }
    size_t n() const { return low.n(); }
    size_t size_bytes() const { return high.size_bytes() + low.size_bytes(); }
  };
  struct Call {
    LinearRows x;
    GemmI8Epilogue epilogue;
    void* y;
  };

  Status upload_weights(const PlainInt8& plain);
  Status upload_weights(const PlainInt4& plain);
  Status upload_weights(const PlainInt8Groups& plain);
  Status upload_weights(const PlainLut4& plain);
  Status upload_weights(const PlainFloats& plain);
  Status upload_columns(const LinearSpec& spec);
  Status fill_zero_terms(const int32_t* factors);
  Status stage(const LinearRows& x, bool with_sums, StagedRows* staged) const;
  Status run(const Int8Matrix& weights, const Call& call) const;
  Status run(const Int4Matrix& weights, const Call& call) const;
  Status run(const Int8Planes& weights, const Call& call) const;
  Status run(const Lut4Matrix& weights, const Call& call) const;
  Status run(const FloatMatrix& weights, const Call& call) const;

  std::shared_ptr<Device> device_;
  std::variant<std::monostate, std::unique_ptr<Int8Matrix>, std::unique_ptr<Int4Matrix>, std::unique_ptr<Int8Planes>,
               std::unique_ptr<Lut4Matrix>, std::unique_ptr<FloatMatrix>>
      weights_;
  DeviceMemory column_scale_, bias_, column_terms_, input_scale_, static_scale_;
  GemmI8Epilogue epilogue_;  // pointers into these
  UniformParams input_ = {};
  bool dynamic_ = true;
  OutputType output_ = OutputType::kFloat32;
  size_t k_ = 0, n_ = 0;
};

}  // namespace octavo::cuda
