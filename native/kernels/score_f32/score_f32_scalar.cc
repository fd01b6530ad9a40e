// The definition of scores of float32 rows. Every other kernel gives these bytes.
#include "core/fused_multiply_add.h"
#include "kernels/score_f32/score_f32.h"

namespace octavo {
namespace {

float score(const float* row, const float* query, size_t dim) {
  float acc[kScoreChains] = {};
  for (size_t j = 0; j < padded_query_length(dim); ++j) {
    float& chain = acc[j % kScoreChains];
    chain = fused_multiply_add(j < dim ? row[j] : 0, query[j], chain);
  }
  for (size_t half = kScoreChains / 2; half > 0; half /= 2)
    for (size_t c = 0; c < half; ++c) acc[c] += acc[c + half];
  return acc[0];
}

void score_f32_scalar(const ScoreF32Block& b) {
  for (size_t q = 0; q < b.query_count; ++q)
    for (size_t r = 0; r < b.row_count; ++r)
      b.scores[q * b.score_stride + r] =
          score(b.rows + r * b.row_stride, b.queries + q * padded_query_length(b.dim), b.dim);
}

}  // namespace

const ScoreF32Kernel kScoreF32Scalar = {score_f32_scalar};

}  // namespace octavo
