// How all vector kernels go through rows and queries: tiles of kRows rows by up to 4 queries, so that the levels of a
// row are looked up once for the queries, and a query's values are loaded once for the rows.
//
// `Lanes` is an instruction set's part: kBytes of a plane at a time (a divisor of 64), kRows, and the types and
// functions that tile() calls.
#pragma once

#include "core/unroll.h"
#include "kernels/score_codes/score_codes.h"

namespace octavo {
namespace {

/// How far ahead rows are fetched: a scan takes them faster than memory sends them unasked. From memory, 4 bits take 12
/// ns a row of 768 values with AVX-512, 17 without this (Zen 5), and half as far is a twentieth slower.
constexpr size_t kAheadBytes = 8192;

/// Which rows and queries a tile is.
struct TilePlace {
  const uint8_t* row;
  const int8_t* query;
  size_t first_row, first_query;
};

template <typename Lanes, int kBits, int R, int Q>
struct ScoreTile {
  static constexpr int kShifts = static_cast<int>(first_plane_values(kBits));
  typename Lanes::Sum sums[R][Q];

  /// The products of kBytes bytes of each row's first plane.
  OCTAVO_INLINE void add(const Lanes& lanes, const uint8_t* row, const uint8_t* high, const int8_t* query,
                         const ScoreCodesBlock& b) {
    const size_t query_bytes = arranged_query_bytes(kBits, b.dim);
    typename Lanes::template Codes<kBits> codes[R];
    unroll<R>([&](auto r)
                  OCTAVO_INLINE_LAMBDA { codes[r].load(row + r * b.row_stride_bytes, high + r * b.row_stride_bytes); });
    unroll<kShifts>([&](auto s) OCTAVO_INLINE_LAMBDA {
      typename Lanes::Levels levels[R];
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
        levels[r] = lanes.template levels_of<kBits, decltype(s)::value>(codes[r]);
      });
      unroll<Q>([&](auto q) OCTAVO_INLINE_LAMBDA {
        const auto values = Lanes::load_query(query + q * query_bytes + s * kScoreBlockBytes);
        unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { sums[r][q] = lanes.add_products(sums[r][q], levels[r], values); });
      });
    });
  }

  OCTAVO_INLINE void run(const Lanes& lanes, const ScoreCodesBlock& b, const TilePlace& at) {
    unroll_tile<R, Q>([&](auto r, auto q) OCTAVO_INLINE_LAMBDA { sums[r][q] = Lanes::zero(); });
    const size_t plane_bytes = first_plane_bytes(kBits, b.dim);
    const uint8_t *row = at.row, *high = at.row + plane_bytes;
    for (size_t byte = 0; byte < plane_bytes; byte += Lanes::kBytes) {
      const int8_t* query = at.query + byte / kScoreBlockBytes * kScoreBlockBytes * kShifts + byte % kScoreBlockBytes;
      add(lanes, row + byte, high + byte / 2, query, b);
      if constexpr (Lanes::kFetches) {
        if (byte % kScoreBlockBytes == 0)
          unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
            __builtin_prefetch(row + byte + r * b.row_stride_bytes + kAheadBytes);
          });
      }
    }
    store(b, at);
  }

  OCTAVO_INLINE void store(const ScoreCodesBlock& b, const TilePlace& at) {
    unroll<Q>([&](auto q) OCTAVO_INLINE_LAMBDA {
      int32_t* out = b.sums + (at.first_query + q) * b.sum_stride + at.first_row;
      const int32_t query_sum = b.query_sums[at.first_query + q];
      if constexpr (R == 4)
        Lanes::store_four(out, query_sum, sums[0][q], sums[1][q], sums[2][q], sums[3][q]);
      else
        unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { out[r] = Lanes::total_of(sums[r][q], query_sum); });
    });
  }
};

/// All rows, R at a time, for Q queries.
template <typename Lanes, int kBits, int Q>
[[gnu::noinline]] void score_rows(const ScoreCodesBlock& b, size_t first_query) {
  constexpr int R = Lanes::template rows_of<kBits, Q>();
  const Lanes lanes(b.levels);
  TilePlace at = {b.codes, b.queries + first_query * arranged_query_bytes(kBits, b.dim), 0, first_query};
  for (; at.first_row + R <= b.rows; at.first_row += R, at.row += R * b.row_stride_bytes)
    ScoreTile<Lanes, kBits, R, Q>().run(lanes, b, at);
  for (; at.first_row < b.rows; ++at.first_row, at.row += b.row_stride_bytes)
    ScoreTile<Lanes, kBits, 1, Q>().run(lanes, b, at);
}

template <typename Lanes, int kBits>
void score_codes(const ScoreCodesBlock& b) {
  size_t q = 0;
  for (; q + 4 <= b.query_count; q += 4) score_rows<Lanes, kBits, 4>(b, q);
  for (; q + 2 <= b.query_count; q += 2) score_rows<Lanes, kBits, 2>(b, q);
  if (q < b.query_count) score_rows<Lanes, kBits, 1>(b, q);
}

}  // namespace
}  // namespace octavo
