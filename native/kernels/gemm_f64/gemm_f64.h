// Products in double taken away from a matrix: one strip of at most `mr` rows of A times columns of packed B.
//
// Every output is one chain, c = c - a[m,p] * b[p,n] with p ascending, product and difference each rounded, on every
// instruction set: what a loop over p of row operations gives, whatever blocks it is cut into.
//
// Packed B      panels [ceil(n / nr)][k][nr] of double, 64-byte aligned, columns beyond n are 0.
// A             rows `a_stride` elements apart, k elements of each are read.
// C             row-major, rows `c_stride` elements apart; nothing beyond column n is touched.
#pragma once

#include <cstddef>

namespace octavo {

struct GemmF64Strip {
  size_t rows;  // 1 .. mr
  size_t n, k;
  const double* a;
  size_t a_stride;
  const double* b;
  size_t panel_stride;  // elements from one panel to the next: k times nr
  double* c;
  size_t c_stride;
};

struct GemmF64Kernel {
  size_t mr, nr;
  void (*run)(const GemmF64Strip& strip);
};

extern const GemmF64Kernel kGemmF64Scalar, kGemmF64Avx2, kGemmF64Avx512vnni, kGemmF64Neon;

}  // namespace octavo
