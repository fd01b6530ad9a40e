// The definition of dequantization over arrays.
#include "kernels/dequantize/dequantize_scalar.h"

namespace octavo {
namespace {

void dequantize_uniform(const uint8_t* q, float* x, size_t count, const DequantizeParams& params) {
  const auto [scale, zero_point, is_signed, streamed] = params;
  for (size_t i = 0; i < count; ++i) x[i] = dequantize_value(q[i], scale, zero_point, is_signed);
}

void dequantize_row_of_columns(const uint8_t* q, float* x, const DequantizeColumns& params) {
  const auto [scale, zero_point, count, is_signed] = params;
  for (size_t i = 0; i < count; ++i) x[i] = dequantize_value(q[i], scale[i], zero_point[i], is_signed);
}

void dequantize_columns(const uint8_t* q, float* x, size_t rows, const DequantizeColumns& params) {
  for (size_t r = 0; r < rows; ++r) dequantize_row_of_columns(q + r * params.count, x + r * params.count, params);
}

}  // namespace

const DequantizeKernel kDequantizeScalar = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
