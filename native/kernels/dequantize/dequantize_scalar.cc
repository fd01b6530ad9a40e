// The definition of dequantization over arrays.
#include "kernels/dequantize/dequantize_scalar.h"

namespace octavo {
namespace {

void dequantize_uniform(const uint8_t* q, float* x, size_t count, float scale, int32_t zero_point, bool is_signed) {
  for (size_t i = 0; i < count; ++i) x[i] = dequantize_value(q[i], scale, zero_point, is_signed);
}

void dequantize_columns(const uint8_t* q, float* x, size_t count, const float* scale, const int32_t* zero_point,
                        bool is_signed) {
  for (size_t i = 0; i < count; ++i) x[i] = dequantize_value(q[i], scale[i], zero_point[i], is_signed);
}

}  // namespace

const DequantizeKernel kDequantizeScalar = {dequantize_uniform, dequantize_columns};

}  // namespace octavo
