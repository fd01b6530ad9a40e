// Weights [n, k] of float32, float16 or bfloat16 on a GPU, and products with them.
#pragma once

#include "cuda/stage_rows.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo::cuda {

enum class FloatType { kFloat32, kFloat16, kBfloat16 };

/// Weights on the host: [n, k] of float32, or of 16 bits a value.
struct PlainFloats {
  const void* values;
  FloatType type;
  size_t k, n;
};

class FloatMatrix {
 public:
  Status upload(const std::shared_ptr<Device>& device, const PlainFloats& plain);

  /// c[m, n] = the product as kernels/gemm_f32/gemm_f32.h defines it, then the epilogue from the bias on, whose
  /// pointers are the device's and which has no row scale; float32 or float16.
  Status multiply(const DeviceRows<float>& x, const GemmI8Epilogue& epilogue, OutputType output, void* c) const;

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t k() const { return k_; }
  size_t n() const { return n_; }
  size_t size_bytes() const { return values_.size_bytes(); }

 private:
  std::shared_ptr<Device> device_;
  DeviceMemory values_;  // rows stride_bytes_ apart, which 16 divides
  FloatType type_ = FloatType::kFloat32;
  size_t k_ = 0, n_ = 0, stride_bytes_ = 0;
};

}  // namespace octavo::cuda
