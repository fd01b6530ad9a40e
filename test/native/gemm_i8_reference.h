// The int8 product and its epilogue in plain loops, written apart from the kernels: int64 sums, float32 steps.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/activation/activation_scalar.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo_test {

/// [m, k] and [k, n] as integers.
struct Product {
  size_t m, n, k;
  std::vector<int32_t> a, b;

  int64_t sum(size_t i, size_t j, int64_t a_zero = 0, int64_t b_zero = 0) const {
    int64_t total = 0;
    for (size_t p = 0; p < k; ++p) total += (a[i * k + p] - a_zero) * (b[p * n + j] - b_zero);
    return total;
  }
};

inline int32_t wrap(int64_t value) { return static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(value))); }

/// The finished accumulator of row i and column j.
inline int32_t corrected(const octavo::GemmI8Epilogue& e, size_t i, size_t j, int64_t sum) {
  if (e.column_term) sum += e.column_term[j];
  if (e.row_factor) sum += static_cast<int64_t>(e.row_factor[i]) * e.column_sum[j];
  if (e.column_factor) sum += static_cast<int64_t>(e.row_sum[i]) * e.column_factor[j];
  return wrap(sum);
}

inline float scaled(const octavo::GemmI8Epilogue& e, size_t i, size_t j, int32_t acc) {
  volatile float f = static_cast<float>(acc);  // volatile: every step is rounded, nothing is fused
  f = f * e.row_scale[i * e.row_scale_step];
  f = f * e.column_scale[j];
  if (e.bias) f = f + e.bias[j];
  if (e.residual) f = f + e.residual[i * e.residual_stride + j];
  return octavo::activate(e.activation, f);
}

/// The float16 nearest to f, found by comparing distances in double; ties take the even one.
inline uint16_t nearest_float16(float f) {
  if (std::isnan(f)) return 0x7E00;
  const uint16_t sign = std::signbit(f) ? 0x8000 : 0;
  const double magnitude = std::fabs(static_cast<double>(f));
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  // Steps of a value are 2^-10 of its power of two, at least 2^-24; 1024 steps are one power.
  const int power = magnitude == 0 ? -14 : std::max(exponent - 1, -14);
  const double steps = std::nearbyint(std::ldexp(magnitude, 10 - power));
  const double bits = (power + 14) * 1024.0 + steps;
  return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::min(bits, 31744.0)));
}

inline uint8_t requantized(const octavo::GemmI8Epilogue& e, float f) {
  const float v = std::fmin(std::fmax(f * e.inverse_scale, e.low), e.high);
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyint(static_cast<double>(v))) + e.zero_point);
}

}  // namespace octavo_test
