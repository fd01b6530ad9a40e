// The arguments and the shape of staging kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo::device {

/// Rows of `count` values, `stride` values apart.
template <typename T>
struct RowsOf {
  const T* data;
  size_t rows, stride, count;
};

struct StagedBytes {
  uint8_t* q;  // rows q_stride bytes apart, a multiple of 16; zeros from `count` to count rounded up to 16
  size_t q_stride;
  int32_t* sums;  // [rows], of the bytes as int8 or uint8; or null
  bool is_signed;
};

struct StageTile {
  static constexpr int kThreads = 128;
};

/// What zero points add to the columns of a product.
struct ColumnTerms {
  const int32_t* sums;   // [n], of the weights over k
  const int32_t* zeros;  // [n], one for all with a step of 0, or null: all are 0
  size_t zero_step, n, k;
  int32_t a_zero;
  int32_t* terms;    // [n]: -a_zero * (sums - k * zeros) modulo 2^32
  int32_t* factors;  // [n]: -zeros; not written where these are null
};

}  // namespace octavo::device
