// What becomes of a GEMM's sums: the epilogue of kernels/gemm_i8/gemm_i8.h by its scalar definition, so that a GPU
// gives the CPU's bytes.
#pragma once

#include "cuda/device/gemm_i8_operands.h"
#include "cuda/device/platform.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo::device {

/// Stores sums of C [m, n]; those beyond it are dropped.
class GemmI8Store {
 public:
  OCTAVO_DEVICE GemmI8Store(const GemmI8Result& result, size_t m, size_t n) : m_(m), n_(n) {
    strip_.output = result.output;
    strip_.c = result.c;
    strip_.c_stride = result.c_stride;
    strip_.epilogue = &result.epilogue;
  }
  OCTAVO_DEVICE void operator()(size_t row, size_t column, int32_t sum) const {
    if (row < m_ && column < n_) store_value_scalar(strip_, row, column, static_cast<uint32_t>(sum));
  }
  /// Neighbours of one row.
  template <int kCount>
  OCTAVO_DEVICE void operator()(size_t row, size_t column, const int32_t (&sums)[kCount]) const {
#pragma unroll
    for (int i = 0; i < kCount; ++i) (*this)(row, column + static_cast<size_t>(i), sums[i]);
  }

 private:
  GemmI8Strip strip_ = {};
  size_t m_, n_;
};

}  // namespace octavo::device
