// int8 weights [n, k] on a GPU, and products with them.
#pragma once

#include "cuda/stage_rows.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo::cuda {

/// int8 weights on the host: [n, k], and the sums of their rows modulo 2^32.
struct PlainInt8 {
  const int8_t* values;
  const int32_t* sums;
  size_t k, n;
};

/// Zero points on the host: none (0), one for all, or one for each row / column.
struct PlainZeroPoints {
  const int32_t* values = nullptr;
  size_t count = 0;
};

class Int8Matrix {
 public:
  Status upload(const std::shared_ptr<Device>& device, const PlainInt8& plain);

  /// c[m, n] = the product of staged rows and the weights with the epilogue, whose pointers are the device's.
  Status multiply(const StagedRows& a, size_t m, const GemmI8Epilogue& epilogue, OutputType output, void* c) const;
  /// terms[j] = -a_zero * (the sum of (weight - zero) over k), and for zeros that are there factors[j] = -zero: what
  /// zero points add to columns. Everything is the device's; zeros are [n], or one for all with a step of 0.
  struct ColumnTerms {
    const int32_t* zeros;
    size_t zero_step;
    int32_t a_zero;
    int32_t *terms, *factors;
  };
  Status fill_column_terms(ColumnTerms terms) const;

  const std::shared_ptr<Device>& device() const { return device_; }
  size_t k() const { return k_; }
  size_t n() const { return n_; }
  size_t size_bytes() const { return values_.size_bytes() + sums_.size_bytes(); }

 private:
  std::shared_ptr<Device> device_;
  DeviceMemory values_;  // rows stride_ bytes apart, zeros from k on
  DeviceMemory sums_;
  size_t k_ = 0, n_ = 0, stride_ = 0;
};

/// c[m, n] = (a - a_zero) (w - b_zero)^T, exact int32, whose range the caller has checked. a is on the device, zero
/// points are the host's.
Status matmul_i8(const Int8Matrix& weights, const DeviceRows<uint8_t>& a, bool a_signed, PlainZeroPoints a_zero,
                 PlainZeroPoints b_zero, int32_t* c);

}  // namespace octavo::cuda
