// int8 / uint8 to float32, ONNX DequantizeLinear: x = float(q - zero_point) * scale, one rounding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct DequantizeKernel {
  /// `is_signed`: the bytes are int8, else uint8.
  void (*uniform)(const uint8_t* q, float* x, size_t count, float scale, int32_t zero_point, bool is_signed);
  /// As uniform, with a scale and a zero point for each of `count` values.
  void (*columns)(const uint8_t* q, float* x, size_t count, const float* scale, const int32_t* zero_point,
                  bool is_signed);
};

extern const DequantizeKernel kDequantizeScalar, kDequantizeAvx2, kDequantizeAvx512vnni, kDequantizeNeon;

}  // namespace octavo
