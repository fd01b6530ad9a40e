// The pieces of attention over keys and values that are floats: logits, softmax, weighted sums.
//
// Half          IEEE binary16 by its bits, widened exactly.
// Dots          out[i] = sum over j of query[j] * rows[i, j], in 16 lanes: lane l takes j = l, l + 16, ... in one chain
//               of fma from 0; then lanes l and l + 8 are added, l and l + 4, l and l + 2, l and l + 1.
// Sums          acc[j] = fma(weights[i], rows[i, j], acc[j]) for i = 0, 1, ... rows - 1.
// Exponentials  weights[i] = e^-(max - logits[i]), the exponential of activation_scalar.h, 0 from a distance of 88 on;
//               sums[i % 16] += weights[i], i ascending.
// Largest       of the logits that are not NaN; -infinity if there is none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// Rows of `dim` floats, or of halves, `stride` elements apart.
template <typename T>
struct AttentionRows {
  const T* data;
  size_t rows;
  size_t stride;
  size_t dim;
};

struct AttentionKernel {
  void (*widen)(const uint16_t* halves, size_t count, float* values);
  void (*dots_f32)(const AttentionRows<float>& rows, const float* query, float* out);
  void (*dots_f16)(const AttentionRows<uint16_t>& rows, const float* query, float* out);
  void (*sums_f32)(const AttentionRows<float>& rows, const float* weights, float* acc);
  void (*sums_f16)(const AttentionRows<uint16_t>& rows, const float* weights, float* acc);
  float (*largest)(const float* logits, size_t count);
  void (*exponentials)(const float* logits, size_t count, float max, float* weights, float* sums);
};

extern const AttentionKernel kAttentionScalar, kAttentionAvx2, kAttentionAvx512vnni, kAttentionNeon;

}  // namespace octavo
