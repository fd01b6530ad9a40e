// What becomes of a GEMM's sums: the epilogue of kernels/gemm_i8/gemm_i8.h by its scalar definition, so that a GPU gives the
// CPU's bytes.
#pragma once

#include "cuda/device/platform.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo::device {

/// C and the epilogue with device pointers. row pointers start at C's first row.
struct GemmI8Result {
  GemmI8Epilogue epilogue;
  OutputType output;
  void* c;
  size_t c_stride;  // in elements
};

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
  /// Two neighbours.
  OCTAVO_DEVICE void operator()(size_t row, size_t column, int32_t sum, int32_t next) const {
    (*this)(row, column, sum);
    (*this)(row, column + 1, next);
  }

 private:
  GemmI8Strip strip_ = {};
  size_t m_, n_;
};

}  // namespace octavo::device
