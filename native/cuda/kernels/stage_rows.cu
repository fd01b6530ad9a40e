// What comes before products: activations as bytes, inputs divided by their scales, and what zero points add to
// columns.
#include "cuda/device/stage_rows.h"

namespace octavo::device {

OCTAVO_KERNEL(stage_bytes, StageTile::kThreads)(const RowsOf<uint8_t> x, const StagedBytes to) {
  OCTAVO_SHARED(shared);
  stage_rows(x, to, reinterpret_cast<uint32_t*>(shared), [](uint8_t byte) { return byte; });
}
OCTAVO_REGISTER(stage_bytes)

/// Quantized with one scale and zero point, as kernels/quantize/quantize.h defines it.
OCTAVO_KERNEL(stage_static, StageTile::kThreads)(const RowsOf<float> x, const UniformParams params,
                                                 const StagedBytes to) {
  OCTAVO_SHARED(shared);
  stage_rows(x, to, reinterpret_cast<uint32_t*>(shared),
             [&](float value) { return quantize_value(value, params.scale, params.zero_point, params.range); });
}
OCTAVO_REGISTER(stage_static)

/// to [rows, count] contiguous, each value divided by its column's.
OCTAVO_KERNEL(divide_columns, 256)(const RowsOf<float> x, const float* scale, float* to) {
  const size_t p = size_t{blockIdx.x} * 256 + threadIdx.x;
  if (p >= x.count) return;
  for (size_t row = blockIdx.y; row < x.rows; row += gridDim.y)
    to[row * x.count + p] = x.data[row * x.stride + p] / scale[p];
}
OCTAVO_REGISTER(divide_columns)

/// to: rows to_stride values apart, zeros from the row's values on.
OCTAVO_KERNEL(align_rows, 256)(const RowsOf<float> x, float* to, size_t to_stride) {
  const size_t p = size_t{blockIdx.x} * 256 + threadIdx.x;
  if (p >= to_stride) return;
  for (size_t row = blockIdx.y; row < x.rows; row += gridDim.y)
    to[row * to_stride + p] = p < x.count ? x.data[row * x.stride + p] : 0.0f;
}
OCTAVO_REGISTER(align_rows)

OCTAVO_KERNEL(fill_column_terms, 256)(const ColumnTerms c) {
  const size_t j = size_t{blockIdx.x} * 256 + threadIdx.x;
  if (j >= c.n) return;
  const uint32_t zero = c.zeros == nullptr ? 0 : static_cast<uint32_t>(c.zeros[j * c.zero_step]);
  const uint32_t sum = static_cast<uint32_t>(c.sums[j]) - static_cast<uint32_t>(c.k) * zero;
  c.terms[j] = static_cast<int32_t>(0u - static_cast<uint32_t>(c.a_zero) * sum);
  if (c.zeros != nullptr) c.factors[j] = static_cast<int32_t>(0u - zero);
}
OCTAVO_REGISTER(fill_column_terms)

}  // namespace octavo::device
