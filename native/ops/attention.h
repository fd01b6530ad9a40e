// Attention over keys and values that are floats: the baseline of attention over codes.
//
// out[t, h] = sum over rows i of w_i v[i, h / group], w = softmax(scale <q[t, h], k[i, h / group]>), where the group is
// query_heads / kv_heads. Rows go by in blocks of kAttentionBlock; products, exponentials and sums are those of
// kernels/attention/attention.h, each output's sum divided by that of the weights. The same bits on every kernel set
// and with any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "kernels/kernels.h"

namespace octavo {

constexpr size_t kAttentionBlock = 64;

/// Keys or values [rows, kv_heads, dim]: float32, or float16 bits.
struct AttentionTensor {
  const void* data;
  bool is_half;
};

struct AttentionProblem {
  size_t queries, rows, query_heads, kv_heads, dim;  // rows at least 1; if causal, at least as many as queries
  float scale;
  bool causal;
  const float* q;  // [queries, query_heads, dim]
  AttentionTensor keys, values;
  float* out;  // [queries, query_heads, dim]
};

/// kNative when there is no memory.
Status run_attention(const KernelSet& set, const AttentionProblem& problem);

}  // namespace octavo
