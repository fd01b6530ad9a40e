// Attention over a cache of codes: the rotated queries meet the keys' codes, the values' levels are summed up in the
// rotated domain, and each output is rotated back once. Sinks and the window of recent tokens are float16 rows.
//
// Rows stand in order: sinks, codes, window. A query's logits are
//   of float16 rows  scale * <q, k>, products as in kernels/attention/attention.h
//   of codes         float32(<q', levels>) * (key_scale * scale), q' = R (q * balance): ops/score_codes.h
// and the softmax goes on over all of them in blocks (ops/online_softmax.h) of kAttentionBlock sinks, codes, or rows of
// the window; how codes lie in pages leaves no trace. With w the weights,
//   out = (sum over float16 rows of w_i v_i + R^T (sum over codes of fma(w_i value_scale_i, level, ...))) / sum of w
// The same bits on every kernel set and with any number of threads. What was subtracted from every key leaves softmax
// as it is. Source: A. Zandieh et al., "TurboQuant" (arXiv 2504.19874).
#pragma once

#include "ops/attention.h"
#include "ops/kv_layout.h"
#include "ops/turbo_rotate.h"

namespace octavo {

/// Float16 rows [kv_heads][capacity][dim] of which `rows` from `first` on are there.
struct KvHalves {
  const uint16_t* keys;
  const uint16_t* values;
  size_t capacity, first, rows;
};

struct KvCacheView {
  KvLayout layout;
  const uint8_t* const* pages;
  size_t first, rows;  // of the codes, counted from the start of the first page
  KvHalves sinks, window;
  const float* balance;  // [kv_heads, dim], or null

  size_t all_rows() const { return sinks.rows + rows + window.rows; }
};

struct KvQueries {
  const float* q;  // [tokens, query_heads, dim]
  size_t tokens, query_heads;
  float scale;
  bool causal;
  float* out;     // [tokens, query_heads, dim]
  float* logits;  // [tokens, query_heads, rows], or null: -infinity where a mask is
};

/// At least one row, and if causal as many as queries. kRange for queries that are not finite, kNative when there is no
/// memory.
Status attend_kv(const KernelSet& set, const TurboRotation& rotation, const KvCacheView& cache,
                 const KvQueries& queries);

}  // namespace octavo
