#include "ops/attention.h"

#include <algorithm>
#include <atomic>

#include "core/aligned_buffer.h"
#include "ops/online_softmax.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kQueries = 8;          // of a ticket
constexpr double kWorkPerThread = 1e6;  // multiply-adds that are worth waking a thread for

/// Queries and heads of keys that are one thread's.
struct Part {
  size_t query, queries, head, heads;
};

class FloatAttention {
 public:
  FloatAttention(const KernelSet& set, const AttentionProblem& problem)
      : kernel_(*set.attention),
        p_(problem),
        group_(problem.query_heads / problem.kv_heads),
        mask_{problem.queries, problem.rows, problem.causal} {}

  /// False when there is no memory.
  bool run(const Part& part) const {
    AlignedBuffer memory;
    const size_t states = part.queries * part.heads * group_;
    if (!memory.allocate(states * sizeof(OnlineSoftmax))) return false;
    auto* softmax = memory.as<OnlineSoftmax>();
    for (size_t i = 0; i < states; ++i) softmax[i] = {};
    each_query(part, [&](size_t, const Head& at) { std::fill_n(out_of(at), p_.dim, 0.0f); });
    const size_t end = mask_.visible(part.query + part.queries - 1, 0, p_.rows);
    for (size_t row = 0; row < end; row += kAttentionBlock)
      each_query(part, [&](size_t i, const Head& at) {
        const size_t seen = mask_.visible(at.query, row, std::min(kAttentionBlock, end - row));
        if (seen > 0) take_block(softmax[i], at, row, seen);
      });
    each_query(part, [&](size_t i, const Head& at) {
      const float total = softmax[i].total();
      for (size_t j = 0; j < p_.dim; ++j) out_of(at)[j] /= total;
    });
    return true;
  }

 private:
  struct Head {
    size_t query, kv_head, query_head;
  };

  /// Heads of keys one after the other: their rows are in cache for all queries that meet them.
  template <typename Body>
  void each_query(const Part& part, const Body& body) const {
    size_t i = 0;
    for (size_t head = part.head; head < part.head + part.heads; ++head)
      for (size_t t = part.query; t < part.query + part.queries; ++t)
        for (size_t g = 0; g < group_; ++g) body(i++, Head{t, head, head * group_ + g});
  }

  float* out_of(const Head& at) const { return p_.out + (at.query * p_.query_heads + at.query_head) * p_.dim; }

  void take_block(OnlineSoftmax& softmax, const Head& at, size_t row, size_t count) const {
    const float* query = p_.q + (at.query * p_.query_heads + at.query_head) * p_.dim;
    float logits[kAttentionBlock], weights[kAttentionBlock];
    if (p_.keys.is_half)
      kernel_.dots_f16(rows_of<uint16_t>(p_.keys, at, row, count), query, logits);
    else
      kernel_.dots_f32(rows_of<float>(p_.keys, at, row, count), query, logits);
    for (size_t i = 0; i < count; ++i) logits[i] *= p_.scale;
    float* const out = out_of(at);
    multiply_all(out, p_.dim, softmax.take(kernel_, logits, count, weights));
    if (p_.values.is_half)
      kernel_.sums_f16(rows_of<uint16_t>(p_.values, at, row, count), weights, out);
    else
      kernel_.sums_f32(rows_of<float>(p_.values, at, row, count), weights, out);
  }

  template <typename T>
  AttentionRows<T> rows_of(const AttentionTensor& tensor, const Head& at, size_t row, size_t count) const {
    const size_t stride = p_.kv_heads * p_.dim;
    return {static_cast<const T*>(tensor.data) + row * stride + at.kv_head * p_.dim, count, stride, p_.dim};
  }

  const AttentionKernel& kernel_;
  const AttentionProblem& p_;
  const size_t group_;
  const AttentionMask mask_;
};

}  // namespace

Status run_attention(const KernelSet& set, const AttentionProblem& problem) {
  const FloatAttention attention(set, problem);
  const double work = 2.0 * static_cast<double>(problem.queries) * static_cast<double>(problem.rows) *
                      static_cast<double>(problem.query_heads * problem.dim);
  const auto worth = static_cast<size_t>(std::min(work / kWorkPerThread, 1024.0));
  const size_t threads = std::max<size_t>(1, std::min(ThreadPool::instance().threads(), worth));
  const size_t chunks = (problem.queries + kQueries - 1) / kQueries;
  // Alone, a thread takes the rows of all heads together, as they lie.
  const size_t parts = chunks >= threads ? 1 : std::min(problem.kv_heads, threads);
  std::atomic<bool> failed = false;
  ThreadPool::instance().parallel_for(chunks * parts, threads, [&](size_t ticket) {
    const size_t query = ticket / parts * kQueries, part = ticket % parts;
    const size_t head = problem.kv_heads * part / parts, next = problem.kv_heads * (part + 1) / parts;
    if (!attention.run({query, std::min(kQueries, problem.queries - query), head, next - head})) failed = true;
  });
  return failed ? Status::error(Code::kNative, "not enough memory for attention") : Status{};
}

}  // namespace octavo
