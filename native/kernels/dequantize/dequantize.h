// int8 / uint8 to float32, ONNX DequantizeLinear: x = float(q - zero_point) * scale, one rounding.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// Parameters of all values alike. `is_signed`: the bytes are int8, else uint8.
struct DequantizeParams {
  float scale;
  int32_t zero_point;
  bool is_signed;
  /// The whole result is larger than the caches: vectors may be stored past them.
  bool streamed = false;
};

/// Parameters of `count` columns.
struct DequantizeColumns {
  const float* scale;
  const int32_t* zero_point;
  size_t count;
  bool is_signed;
};

struct DequantizeKernel {
  void (*uniform)(const uint8_t* q, float* x, size_t count, const DequantizeParams& params);
  /// As uniform, for contiguous rows of columns that have a scale and a zero point each.
  void (*columns)(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params);
};

extern const DequantizeKernel kDequantizeScalar, kDequantizeAvx2, kDequantizeAvx512vnni, kDequantizeNeon;

}  // namespace octavo
