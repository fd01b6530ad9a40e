// The definition of the attention kernel.
#include "kernels/attention/attention_scalar.h"

#include <cmath>

namespace octavo {
namespace {

void widen_scalar(const uint16_t* halves, size_t count, float* values) {
  for (size_t i = 0; i < count; ++i) values[i] = from_float16(halves[i]);
}

template <typename T>
void sums_scalar(const AttentionRows<T>& rows, const float* weights, float* acc) {
  sums_of_rows(rows, weights, acc, 0);
}

float largest_scalar(const float* logits, size_t count) {
  float max = -INFINITY;
  for (size_t i = 0; i < count; ++i) max = logits[i] > max ? logits[i] : max;
  return max;
}

void exponentials_scalar(const float* logits, size_t count, float max, float* weights, float* sums) {
  exponentials_from(logits, 0, count, max, weights, sums);
}

}  // namespace

const AttentionKernel kAttentionScalar = {widen_scalar,       dots_of_rows<float>,   dots_of_rows<uint16_t>,
                                          sums_scalar<float>, sums_scalar<uint16_t>, largest_scalar,
                                          exponentials_scalar};

}  // namespace octavo
