// Products in double on the calling thread: blocks around the micro-kernels.
#pragma once

#include <cstddef>

#include "kernels/kernels.h"

namespace octavo {

/// A matrix of doubles whose rows lie `stride` elements apart.
struct MatrixF64 {
  double* data;
  size_t stride;

  MatrixF64 at(size_t row, size_t column) const { return {data + row * stride + column, stride}; }
};

struct ProductF64 {
  size_t m, n, k;
  MatrixF64 a;  // [m, k]
  MatrixF64 b;  // [k, n], or [n, k] where it is transposed
  bool b_transposed;
  MatrixF64 c;  // [m, n]
};

/// c = c - a · b, each output one chain with p ascending, as kernels/gemm_f64 says. c must not overlap what is read.
/// False when there is no memory for a block of b.
bool subtract_product(const KernelSet& set, const ProductF64& product);

}  // namespace octavo
