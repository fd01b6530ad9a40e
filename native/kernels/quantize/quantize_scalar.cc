// The definition of quantization over arrays.
#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const auto [scale, zero_point, range, streamed] = params;
  for (size_t i = 0; i < count; ++i) q[i] = quantize_value(x[i], scale, zero_point, range);
}

void quantize_row_of_columns(const float* x, uint8_t* q, const ColumnParams& params) {
  const auto [scale, zero_point, count, range] = params;
  for (size_t i = 0; i < count; ++i) q[i] = quantize_value(x[i], scale[i], zero_point[i], range);
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  for (size_t r = 0; r < rows; ++r) quantize_row_of_columns(x + r * params.count, q + r * params.count, params);
}

RowResult quantize_row(const float* x, uint8_t* q, size_t count) {
  RowResult result = {0.0f, 0};
  for (size_t i = 0; i < count; ++i) result.absmax = absmax_value(result.absmax, x[i]);
  const float inverse = row_inverse(result.absmax);
  for (size_t i = 0; i < count; ++i) result.sum += q[i] = quantize_row_value(x[i], inverse);
  return result;
}

void quantize_rows(const FloatRows& x, const QuantizedRows& q) {
  for (size_t r = 0; r < x.rows; ++r)
    finish_row(x, q, r, quantize_row(x.first + r * x.stride, q.first + r * q.stride_bytes, x.count));
}

}  // namespace

const QuantizeKernel kQuantizeScalar = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
