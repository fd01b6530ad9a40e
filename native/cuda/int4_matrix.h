// 4-bit weights [n, k] on a GPU whose groups of consecutive k have scales of their own, and products with them.
#pragma once

#include "cuda/stage_rows.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo::cuda {

/// 4-bit weights on the host. The last group of a row is shorter where the group does not divide k.
struct PlainInt4 {
  const uint8_t* codes;        // [n, k], 0 .. 15, one a byte
  const float* scales;         // [n, groups]
  const uint8_t* zero_points;  // [n, groups], or null: all are 8
  size_t k, n, group;          // group: values of k, a multiple of 8
};

class Int4Matrix {
 public:
  Status upload(const std::shared_ptr<Device>& device, const PlainInt4& plain);

  /// c[m, n] = the product of rows of int8 and the weights as kernels/gemm_i4/gemm_i4.h defines it, whose epilogue's
  /// pointers are the device's: float32, float16, int8 or uint8.
  Status multiply(const StagedRows& a, size_t m, const GemmI8Epilogue& epilogue, OutputType output, void* c) const;

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t k() const { return k_; }
  size_t n() const { return n_; }
  size_t size_bytes() const { return codes_.size_bytes() + scales_.size_bytes() + zero_points_.size_bytes(); }

 private:
  std::shared_ptr<Device> device_;
  DeviceMemory codes_, scales_, zero_points_;  // as cuda/device/gemm_i4.h has them
  size_t k_ = 0, n_ = 0, group_ = 0;
};

}  // namespace octavo::cuda
