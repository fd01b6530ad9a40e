// One round of a randomized Hadamard rotation, and its inverse, over rows of a power of two of float32 values.
//
// Butterflies   for h = 1, 2, 4, ... below count: each pair a = t[j], b = t[j + h] with bit h of j clear becomes a + b,
//               a - b. Additions alone, each rounded once: no fma, no other order.
// forward       t = (x * row_scale) with signs; butterflies; y = t * factor
// backward      t = x; butterflies; y = ((t * factor) with signs) * row_scale
// With factor = 1 / sqrt(count) they are orthonormal, and with the same signs each is the inverse of the other.
// Source of the rotation: N. Ailon, B. Chazelle, "The fast Johnson-Lindenstrauss transform" (2009).
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// Rows of `count` values, a power of two from 1 on. y may be x with the same stride; else they do not overlap.
struct HadamardRows {
  const float* x;
  size_t x_stride;  // elements from a row to the next
  float* y;
  size_t y_stride;
  size_t rows, count;
};

struct HadamardRound {
  const uint32_t* signs;  // [count]: 0x80000000 for a value that changes its sign, else 0
  float factor;
  const float* row_scale;  // [rows], or null for 1
};

struct HadamardKernel {
  void (*forward)(const HadamardRows& rows, const HadamardRound& round);
  void (*backward)(const HadamardRows& rows, const HadamardRound& round);
};

extern const HadamardKernel kHadamardScalar, kHadamardAvx2, kHadamardAvx512vnni, kHadamardNeon;

}  // namespace octavo
