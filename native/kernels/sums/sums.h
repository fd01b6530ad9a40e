// Exact sums of float32 values and of their squares: fixed-point numbers wide enough for 2^64 values of any size, so
// that neither the order of the additions nor how they are grouped leaves a trace. A sum is a multiple of 2^-149 below
// 2^192, a sum of squares one of 2^-298 below 2^320.
// Source: U. Kulisch's long accumulator; R. Neal, "Fast exact summation using small and large superaccumulators"
// (2015).
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct ExactSums {
  static constexpr size_t kSumLimbs = 6, kSquareLimbs = 10;
  uint64_t sum[kSumLimbs];         // in units of 2^-149, two's complement, the lowest limb first
  uint64_t squares[kSquareLimbs];  // in units of 2^-298
};

struct SumsKernel {
  /// Adds finite values, all below 2^(width - 149) in magnitude; width is from 1 to 277. Any such width gives the same
  /// sums; the least is the fastest.
  void (*add)(const float* x, size_t count, int width, ExactSums* sums);
};

extern const SumsKernel kSumsScalar, kSumsAvx2, kSumsAvx512vnni, kSumsNeon;

}  // namespace octavo
