// The definition of quantization over arrays.
#include "kernels/quantize/quantize_scalar.h"

namespace octavo {
namespace {

void quantize_uniform(const float* x, uint8_t* q, size_t count, float scale, int32_t zero_point, QuantizeRange range) {
  for (size_t i = 0; i < count; ++i) q[i] = quantize_value(x[i], scale, zero_point, range);
}

void quantize_columns(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                      QuantizeRange range) {
  for (size_t i = 0; i < count; ++i) q[i] = quantize_value(x[i], scale[i], zero_point[i], range);
}

RowQuantization quantize_row(const float* x, uint8_t* q, size_t count) {
  float absmax = 0.0f;
  for (size_t i = 0; i < count; ++i) absmax = absmax_value(absmax, x[i]);
  const float inverse = row_inverse(absmax);
  uint32_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += q[i] = quantize_row_value(x[i], inverse);
  return {absmax / 127.0f, sum};
}

}  // namespace

const QuantizeKernel kQuantizeScalar = {quantize_uniform, quantize_columns, quantize_row};

}  // namespace octavo
