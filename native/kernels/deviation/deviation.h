// How far values lie from others: sums of squares in double, in one order on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// Over some pairs (x, y) of finite values, all in double.
struct Deviation {
  double error_squares;  // of x - y
  double x_squares, y_squares, products;
  double largest;    // |x - y|
  uint64_t clipped;  // x < low or x > high
};

struct DeviationBounds {
  double low, high;
};

struct DeviationKernel {
  /// Sums over `count` pairs. Pair i goes to lane i mod 8, in order; the lanes l and l + 4 are added, of these l and l
  /// + 2, then l and l + 1. No product is fused with an addition, but those of float32 values are exact.
  Deviation (*measure)(const float* x, const float* y, size_t count, DeviationBounds bounds);
};

extern const DeviationKernel kDeviationScalar, kDeviationAvx2, kDeviationAvx512vnni, kDeviationNeon;

}  // namespace octavo
