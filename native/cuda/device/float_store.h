// What becomes of a product's sums that are float32 already, by the scalar definition of the epilogue of
// kernels/gemm_i8/gemm_i8.h from the row's scale on.
#pragma once

#include "cuda/device/gemm_i8_operands.h"
#include "cuda/device/platform.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_scalar.h"

namespace octavo::device {

/// Stores values of C [m, n]; those beyond it are dropped. Without row scales they are not multiplied.
class FloatStore {
 public:
  OCTAVO_DEVICE FloatStore(const GemmI8Result& result, size_t m, size_t n) : m_(m), n_(n) {
    strip_.output = result.output;
    strip_.c = result.c;
    strip_.c_stride = result.c_stride;
    strip_.epilogue = &result.epilogue;
  }
  OCTAVO_DEVICE void operator()(size_t row, size_t column, float f) const {
    if (row >= m_ || column >= n_) return;
    const GemmI8Epilogue& e = *strip_.epilogue;
    finish_value_scalar(strip_, row, column, e.row_scale == nullptr ? f : f * e.row_scale[row * e.row_scale_step]);
  }

 private:
  GemmI8Strip strip_ = {};
  size_t m_, n_;
};

}  // namespace octavo::device
