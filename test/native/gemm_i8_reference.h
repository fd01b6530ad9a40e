// The int8 product and its epilogue in plain loops, written apart from the kernels: int64 sums, float32 steps.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

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
  if (e.clip) f = std::fmin(std::fmax(f, e.clip_low), e.clip_high);
  return f;
}

inline uint8_t requantized(const octavo::GemmI8Epilogue& e, float f) {
  const float v = std::fmin(std::fmax(f * e.inverse_scale, e.low), e.high);
  return static_cast<uint8_t>(static_cast<int32_t>(std::nearbyint(static_cast<double>(v))) + e.zero_point);
}

}  // namespace octavo_test
