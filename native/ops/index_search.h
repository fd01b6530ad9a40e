// The nearest vectors of an index: a scan of all rows, and exact scores of the best of them where that is asked for.
//
// Scores   inner product    scale[row] * (factor * sum), estimated or exact
//          cosine           the same of vectors of norm 1; 0 where one of the two is 0
//          squared distance |q|^2 + |x|^2 - 2 <q, x>, whose estimate can be a little below 0; the nearest has the least
// Order    best first; of equal scores the vector that was added first. The same on every kernel set, with any number
// of
//          threads and in any batch of queries.
#pragma once

#include "ops/vector_index.h"

namespace octavo {

struct IndexSearch {
  const float* queries;  // dim finite values each, norms below 2^63
  size_t count, stride;
  size_t k;
  size_t candidates;      // how many of the best get exact scores; 0 leaves the scan's
  const uint8_t* filter;  // null, or: only ids whose bit is 1, bit i % 8 of byte i / 8
  size_t filter_bytes;
};

struct IndexMatches {
  int64_t* ids;   // [count][k], -1 where there are fewer
  float* scores;  // likewise -Infinity, or Infinity for distances
};

/// kRange for queries that are not finite or too long; kUnsupported for candidates of an index that keeps nothing to
/// score them by.
Status search_index(const KernelSet& set, const VectorIndex& index, const IndexSearch& search,
                    const IndexMatches& matches);

/// scores[q][i] of count vectors per query, [queries][count][dim], as search_index gives exact ones.
Status score_exactly(const IndexSpec& spec, const VectorRows<const float>& queries, const float* vectors, size_t count,
                     float* scores);

}  // namespace octavo
