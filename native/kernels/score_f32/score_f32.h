// Inner products of float32 rows and float32 queries.
//
// Definition    16 chains: acc[c] = fma(row[j], query[j], acc[c]) for j = c, c + 16, ... in order, from acc[c] = 0;
// what
//               is missing in the last step of a chain, up to a multiple of 16, counts as 0 * 0. Then acc[c] + acc[c +
//               8], of those t[c] + t[c + 4], u[c] + u[c + 2], and v[0] + v[1].
// Rows          dim values each, of any alignment, nothing beyond dim is read.
// Queries       dim rounded up to a multiple of 16 values, the last ones 0; 64-byte aligned, one after the other.
#pragma once

#include <cstddef>

namespace octavo {

static constexpr size_t kScoreChains = 16;

/// Values from one query to the next.
static constexpr size_t padded_query_length(size_t dim) {
  return (dim + kScoreChains - 1) / kScoreChains * kScoreChains;
}

struct ScoreF32Block {
  const float* rows;
  size_t row_stride, row_count, dim;
  const float* queries;
  size_t query_count;
  float* scores;  // [query_count][row_count], rows of them score_stride apart
  size_t score_stride;
};

struct ScoreF32Kernel {
  void (*run)(const ScoreF32Block& block);
};

extern const ScoreF32Kernel kScoreF32Scalar, kScoreF32Avx2, kScoreF32Avx512vnni, kScoreF32Neon;

}  // namespace octavo
