// 4-bit codebook weights [n, k] (NF4, FP4) on a GPU, and products with them.
#pragma once

#include "cuda/stage_rows.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo::cuda {

/// Codebook weights on the host: w = table[code] * absmax.
struct PlainLut4 {
  const uint8_t* codes;  // [n, k], 0 .. 15, one a byte
  const float* absmax;   // [n, k / group]
  const float* table;    // 16 values
  size_t k, n, group;    // group: values of k that share a magnitude, a divisor of k
};

class Lut4Matrix {
 public:
  Status upload(const std::shared_ptr<Device>& device, const PlainLut4& plain);

  /// c[m, n] = the product as kernels/gemm_lut4/gemm_lut4.h defines it, then the epilogue from the bias on, whose
  /// pointers are the device's and which has no row scale; float32 or float16.
  Status multiply(const DeviceRows<float>& x, const GemmI8Epilogue& epilogue, OutputType output, void* c) const;

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t k() const { return k_; }
  size_t n() const { return n_; }
  size_t size_bytes() const { return codes_.size_bytes() + absmax_.size_bytes() + table_.size_bytes(); }

 private:
  Status interleave(const DeviceRows<float>& x, DeviceMemory* to) const;

  std::shared_ptr<Device> device_;
  DeviceMemory codes_, absmax_, table_;  // as cuda/device/gemm_lut4.h has them
  size_t k_ = 0, n_ = 0, group_ = 1;
};

}  // namespace octavo::cuda
