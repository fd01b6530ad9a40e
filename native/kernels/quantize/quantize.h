// float32 to int8 / uint8. Both come out as bytes: `low` and `high` say which type is meant.
//
// uniform, columns   ONNX QuantizeLinear: q = clamp(round_half_to_even(x / scale) + zero_point, low, high), a division;
//                    infinities saturate, NaN gives the zero point. low <= zero_point <= high, scale finite and > 0.
// rows               symmetric dynamic quantization row by row, an operation of its own: absmax over the finite values,
//                    inverse = min(127 / absmax, FLT_MAX), q = round_half_to_even(clamp(x * inverse, -127, 127)) + 128,
//                    NaN gives 128; the row's scale is absmax / 127, 0 for one without a non-zero finite value. Memory
//                    is read once: the second reading of a row finds it in the first level cache.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct QuantizeRange {
  int32_t low, high;
};

/// Parameters of all values alike.
struct UniformParams {
  float scale;
  int32_t zero_point;
  QuantizeRange range;
  /// The whole result is larger than the caches: vectors may be stored past them.
  bool streamed = false;
};

/// Parameters of `count` columns.
struct ColumnParams {
  const float* scale;
  const int32_t* zero_point;
  size_t count;
  QuantizeRange range;
};

/// Rows of `count` values each, `stride` values apart.
struct FloatRows {
  const float* first;
  size_t stride, rows, count;
};

/// Where quantized rows go, and what is known of each. Rows start at cache lines and have room for whole lines of 64
/// bytes: what follows a row's bytes in its last line becomes 0.
struct QuantizedRows {
  uint8_t* first;
  size_t stride_bytes;
  float* scales;  // [rows]
  int32_t* sums;  // [rows]: sum_start + the sum of the row's bytes, modulo 2^32
  uint32_t sum_start;
};

struct QuantizeKernel {
  void (*uniform)(const float* x, uint8_t* q, size_t count, const UniformParams& params);
  /// As uniform, for contiguous rows of columns that have a scale and a zero point each.
  void (*columns)(const float* x, uint8_t* q, size_t rows, const ColumnParams& params);
  void (*rows)(const FloatRows& x, const QuantizedRows& q);
};

extern const QuantizeKernel kQuantizeScalar, kQuantizeAvx2, kQuantizeAvx512vnni, kQuantizeNeon;

}  // namespace octavo
