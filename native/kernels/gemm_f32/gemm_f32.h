// float32 GEMM micro-kernels: one strip of at most `mr` rows of A times columns of packed B, over one block of k.
//
// Every output is one chain, acc = fma(a[m,p], b[p,n], acc) with p ascending from 0, on every instruction set. Blocks
// of k continue the chain through C: storing and reloading a float32 changes nothing. The bias is added once, at the
// end.
//
// Packed B      panels [ceil(n / nr)][k][nr] of float32, 64-byte aligned, columns beyond n are 0.
// A             rows `a_stride` elements apart, k elements of each are read.
// C             row-major, rows `c_stride` elements apart; nothing beyond column n is written.
#pragma once

#include <cstddef>

namespace octavo {

struct GemmF32Strip {
  size_t rows;  // 1 .. mr
  size_t n, k;  // k of this block
  const float* a;
  size_t a_stride;
  const float* b;       // first panel, at this block's first k
  size_t panel_stride;  // elements from one panel to the next: the whole k times nr
  float* c;
  size_t c_stride;
  bool first, last;   // first block of k: start from 0 instead of C; last: add the bias, clip
  const float* bias;  // [n], or null for none
  bool clip;
  float clip_low, clip_high;
};

struct GemmF32Kernel {
  size_t mr, nr;
  void (*run)(const GemmF32Strip& strip);
};

extern const GemmF32Kernel kGemmF32Scalar, kGemmF32Avx2, kGemmF32Avx512vnni, kGemmF32Neon;

}  // namespace octavo
