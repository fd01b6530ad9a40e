// float32 to int8 / uint8. Both come out as bytes: `low` and `high` say which type is meant.
//
// uniform, columns   ONNX QuantizeLinear: q = clamp(round_half_to_even(x / scale) + zero_point, low, high), a division;
//                    infinities saturate, NaN gives the zero point. low <= zero_point <= high, scale finite and > 0.
// row                symmetric dynamic quantization of one row, an operation of its own: absmax over the finite values,
//                    inverse = min(127 / absmax, FLT_MAX), q = round_half_to_even(clamp(x * inverse, -127, 127)) + 128,
//                    NaN gives 128; returns the scale absmax / 127, 0 for a row without a non-zero finite value, and
//                    the sum of q. Memory is read once: the row's second reading finds it in the first level cache.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct QuantizeRange {
  int32_t low, high;
};

struct RowQuantization {
  float scale;
  uint32_t sum;  // of the bytes, modulo 2^32
};

struct QuantizeKernel {
  void (*uniform)(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range);
  /// As uniform, with a scale and a zero point for each of `count` values.
  void (*columns)(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                  QuantizeRange range);
  RowQuantization (*row)(const float* x, uint8_t* q, size_t count);
};

extern const QuantizeKernel kQuantizeScalar, kQuantizeAvx2, kQuantizeAvx512vnni, kQuantizeNeon;

}  // namespace octavo
