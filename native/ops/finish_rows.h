// What follows the sums of a float product: bias, residual, activation, the output's type.
#pragma once

#include "ops/gemm_f32.h"
#include "ops/gemm_i8.h"

namespace octavo {

/// In this order, float32 without fma: f += bias[n]; f += residual[m, n]; f = activation(f).
struct FloatEpilogue {
  const float* bias = nullptr;      // [n], or null for none
  const float* residual = nullptr;  // [m, n], rows residual_stride apart, or null for none
  size_t residual_stride = 0;       // in elements
  Activation activation;
};

/// Where finished values belong.
struct FinishedRows {
  OutputType type;  // kFloat32 or kFloat16
  void* data;       // of row 0 and column 0
  size_t stride;    // in elements
};

/// A part of a product: sums of `rows` rows and `columns` columns, from row `row` and column `column` on.
struct SumsPart {
  size_t row, rows, column, columns;
  float* sums;  // is changed
  size_t stride;
};

void finish_rows(const KernelSet& set, const SumsPart& part, const FloatEpilogue& epilogue, const FinishedRows& out);

}  // namespace octavo
