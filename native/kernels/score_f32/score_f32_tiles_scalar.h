// How all vector kernels go through float32 rows and queries: tiles of rows by queries, each value loaded once a tile.
#pragma once

#include "core/unroll.h"
#include "kernels/score_f32/score_f32.h"

namespace octavo {
namespace {

/// How far ahead rows are fetched.
constexpr size_t kAheadValues = 1024;

/// R rows from `row` on by Q queries.
template <typename Lanes, int R, int Q>
OCTAVO_INLINE void score_tile(const ScoreF32Block& b, const float* row, const float* query, float* out) {
  const size_t query_length = padded_query_length(b.dim);
  typename Lanes::Chains acc[R][Q];
  unroll_tile<R, Q>([&](auto r, auto q) OCTAVO_INLINE_LAMBDA { acc[r][q] = Lanes::zero(); });
  size_t j = 0;
  for (; j + kScoreChains <= b.dim; j += kScoreChains) {
    typename Lanes::Chains values[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      values[r] = Lanes::load(row + r * b.row_stride + j);
      __builtin_prefetch(row + r * b.row_stride + j + kAheadValues);
    });
    unroll<Q>([&](auto q) OCTAVO_INLINE_LAMBDA {
      const auto query_values = Lanes::load(query + q * query_length + j);
      unroll<R>([&](auto r)
                    OCTAVO_INLINE_LAMBDA { acc[r][q] = Lanes::add_products(acc[r][q], values[r], query_values); });
    });
  }
  if (j < b.dim)
    unroll_tile<R, Q>([&](auto r, auto q) OCTAVO_INLINE_LAMBDA {
      const auto values = Lanes::load_first(row + r * b.row_stride + j, b.dim - j);
      acc[r][q] = Lanes::add_products(acc[r][q], values, Lanes::load(query + q * query_length + j));
    });
  unroll_tile<R, Q>([&](auto r, auto q)
                        OCTAVO_INLINE_LAMBDA { out[q * b.score_stride + r] = Lanes::total_of(acc[r][q]); });
}

template <typename Lanes, int Q>
[[gnu::noinline]] void score_rows(const ScoreF32Block& b, size_t first_query) {
  constexpr int R = Lanes::template rows_of<Q>();
  const float *row = b.rows, *query = b.queries + first_query * padded_query_length(b.dim);
  float* out = b.scores + first_query * b.score_stride;
  size_t r = 0;
  for (; r + R <= b.row_count; r += R, row += R * b.row_stride) score_tile<Lanes, R, Q>(b, row, query, out + r);
  for (; r < b.row_count; ++r, row += b.row_stride) score_tile<Lanes, 1, Q>(b, row, query, out + r);
}

template <typename Lanes>
void score_f32(const ScoreF32Block& b) {
  size_t q = 0;
  for (; q + 4 <= b.query_count; q += 4) score_rows<Lanes, 4>(b, q);
  for (; q < b.query_count; ++q) score_rows<Lanes, 1>(b, q);
}

}  // namespace
}  // namespace octavo
