#include "ops/kv_attention.h"

#include <cmath>
#include <mutex>

#include "core/aligned_buffer.h"
#include "ops/codebook.h"
#include "ops/online_softmax.h"
#include "ops/score_codes.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

constexpr size_t kQueryRows = 16;       // rows of queries that meet a block of codes together, if a token has no more
constexpr double kWorkPerThread = 1e6;  // multiply-adds that are worth waking a thread for

Status no_memory() { return Status::error(Code::kNative, "no memory for attention"); }

bool is_finite(const KernelSet& set, const float* values, size_t count) {
  const MinMax range = set.minmax->uniform(values, count);
  return range.nan_count + range.infinity_count == 0;
}

/// A head of keys and values with the queries of some tokens that meet it: row r is token r / group, head r % group.
class HeadAttention {
 public:
  HeadAttention(const KernelSet& set, const TurboRotation& rotation, const KvCacheView& cache, const KvQueries& queries)
      : set_(set),
        kernel_(*set.attention),
        rotation_(rotation),
        cache_(cache),
        queries_(queries),
        dim_(cache.layout.dim),
        group_(queries.query_heads / cache.layout.kv_heads),
        mask_{queries.tokens, cache.all_rows(), queries.causal} {}

  size_t group() const { return group_; }

  Status run(size_t head, size_t first_query, size_t tokens) {
    head_ = head, first_query_ = first_query, tokens_ = tokens, rows_ = tokens * group_;
    if (!allocate()) return no_memory();
    if (cache_.rows > 0)
      if (Status status = prepare_queries(); !status.ok()) return status;
    take_halves(cache_.sinks, 0);
    if (Status status = take_codes(); !status.ok()) return status;
    take_halves(cache_.window, cache_.sinks.rows + cache_.rows);
    return finish();
  }

 private:
  bool allocate() {
    const size_t block = rows_ * kAttentionBlock * sizeof(float), sums = rows_ * dim_ * sizeof(float);
    if (!memory_.allocate(2 * block + 2 * sums + rows_ * sizeof(OnlineSoftmax))) return false;
    logits_ = memory_.as<float>();
    weights_ = logits_ + rows_ * kAttentionBlock;
    rotated_ = weights_ + rows_ * kAttentionBlock;
    plain_ = rotated_ + rows_ * dim_;
    softmax_ = reinterpret_cast<OnlineSoftmax*>(plain_ + rows_ * dim_);
    std::fill_n(rotated_, 2 * rows_ * dim_, 0.0f);
    for (size_t r = 0; r < rows_; ++r) softmax_[r] = {};
    return true;
  }

  const float* query(size_t r) const { return queries_.q + offset_of(r); }
  size_t offset_of(size_t r) const {
    return ((first_query_ + r / group_) * queries_.query_heads + head_ * group_ + r % group_) * dim_;
  }

  /// The queries rotated, and arranged for the keys' codes. They lie where the sums will.
  Status prepare_queries() {
    const float* const balance = cache_.balance == nullptr ? nullptr : cache_.balance + head_ * dim_;
    for (size_t r = 0; r < rows_; ++r)
      for (size_t j = 0; j < dim_; ++j) rotated_[r * dim_ + j] = query(r)[j] * (balance == nullptr ? 1 : balance[j]);
    if (Status status = rotation_.forward(set_, {rotated_, dim_, rows_}, {rotated_, dim_, rows_}); !status.ok())
      return status;
    if (!is_finite(set_, rotated_, rows_ * dim_))
      return Status::error(Code::kRange, "q must not be so large that its rotation is not finite");
    const CodeFormat format = {dim_, &codebook_of(cache_.layout.key_bits)};
    Status status = key_queries_.prepare(format, rotated_, rows_, dim_);
    std::fill_n(rotated_, rows_ * dim_, 0.0f);
    return status;
  }

  /// Rows of the block at `first` that query row r sees.
  size_t visible(size_t r, size_t first, size_t count) const {
    return mask_.visible(first_query_ + r / group_, first, count);
  }

  /// The weights of query row r's logits, `count` from row `first` on; everything summed up before becomes relative to
  /// the largest logit.
  void take_logits(size_t r, size_t first, size_t count) {
    if (queries_.logits != nullptr)
      std::copy_n(logits_ + r * kAttentionBlock, count,
                  queries_.logits + offset_of(r) / dim_ * cache_.all_rows() + first);
    const float factor =
        softmax_[r].take(kernel_, logits_ + r * kAttentionBlock, count, weights_ + r * kAttentionBlock);
    multiply_all(rotated_ + r * dim_, dim_, factor);
    multiply_all(plain_ + r * dim_, dim_, factor);
  }

  void take_halves(const KvHalves& rows, size_t position) {
    const size_t at = (head_ * rows.capacity + rows.first) * dim_;
    for (size_t row = 0; row < rows.rows; row += kAttentionBlock)
      for (size_t r = 0; r < rows_; ++r) {
        const size_t count = visible(r, position + row, std::min(kAttentionBlock, rows.rows - row));
        if (count == 0) continue;
        float* const logits = logits_ + r * kAttentionBlock;
        kernel_.dots_f16({rows.keys + at + row * dim_, count, dim_, dim_}, query(r), logits);
        for (size_t i = 0; i < count; ++i) logits[i] *= queries_.scale;
        take_logits(r, position + row, count);
        kernel_.sums_f16({rows.values + at + row * dim_, count, dim_, dim_}, weights_ + r * kAttentionBlock,
                         plain_ + r * dim_);
      }
  }

  Status take_codes() {
    const size_t seen = visible(rows_ - 1, cache_.sinks.rows, cache_.rows);
    for (size_t done = 0; done < seen; done += kAttentionBlock)
      if (Status status = take_code_block(done, std::min(kAttentionBlock, seen - done)); !status.ok()) return status;
    return {};
  }

  /// run(page, token in the page, count, place in the block) for the parts of a block.
  template <typename Run>
  void each_part(size_t done, size_t count, const Run& run) const {
    each_page_piece(
        cache_.layout, cache_.first + done, count, count,
        [&](size_t page, size_t token, size_t piece, size_t at) { run(cache_.pages[page], token, piece, at); });
  }

  Status take_code_block(size_t done, size_t count) {
    float key_scales[kAttentionBlock], value_scales[kAttentionBlock];
    if (Status status = score_block(done, count, key_scales, value_scales); !status.ok()) return status;
    for (size_t r = 0; r < rows_; ++r) {
      float *const logits = logits_ + r * kAttentionBlock, *const weights = weights_ + r * kAttentionBlock;
      const size_t seen = visible(r, cache_.sinks.rows + done, count);
      for (size_t i = 0; i < seen; ++i) logits[i] *= key_scales[i];
      if (seen > 0) take_logits(r, cache_.sinks.rows + done, seen);
      for (size_t i = 0; i < seen; ++i) weights[i] *= value_scales[i];
      std::fill(weights + seen, weights + count, 0.0f);
    }
    const KvLayout& layout = cache_.layout;
    const float* const levels = codebook_of(layout.value_bits).levels;
    each_part(done, count, [&](const uint8_t* page, size_t token, size_t piece, size_t at) {
      set_.accumulate_codes->run({page + layout.codes_at(KvSide::kValues, head_, token),
                                  layout.row_bytes(KvSide::kValues), piece, dim_, layout.value_bits, levels,
                                  weights_ + at, kAttentionBlock, rotated_, dim_, rows_});
    });
    return {};
  }

  /// Products of all query rows with a block's keys, and the scales of its keys, times that of the logits, and values.
  Status score_block(size_t done, size_t count, float* key_scales, float* value_scales) {
    const KvLayout& layout = cache_.layout;
    Status status;
    each_part(done, count, [&](const uint8_t* page, size_t token, size_t piece, size_t at) {
      if (!status.ok()) return;
      const uint8_t* const keys = page + layout.codes_at(KvSide::kKeys, head_, token);
      status = key_queries_.score(set_, {keys, layout.row_bytes(KvSide::kKeys), piece}, 0, rows_, logits_ + at,
                                  kAttentionBlock);
      widen_scales(page + layout.scales_at(KvSide::kKeys, head_, token), piece, key_scales + at);
      widen_scales(page + layout.scales_at(KvSide::kValues, head_, token), piece, value_scales + at);
    });
    for (size_t i = 0; i < count; ++i) key_scales[i] *= queries_.scale;
    return status;
  }

  void widen_scales(const uint8_t* from, size_t count, float* to) const {
    kernel_.widen(reinterpret_cast<const uint16_t*>(from), count, to);
  }

  Status finish() {
    if (cache_.rows > 0)
      if (Status status = rotation_.backward(set_, {rotated_, dim_, rows_}, {rotated_, dim_, rows_}); !status.ok())
        return status;
    for (size_t r = 0; r < rows_; ++r) {
      const float total = softmax_[r].total();
      float* const out = queries_.out + offset_of(r);
      for (size_t j = 0; j < dim_; ++j) out[j] = (plain_[r * dim_ + j] + rotated_[r * dim_ + j]) / total;
    }
    return {};
  }

  const KernelSet& set_;
  const AttentionKernel& kernel_;
  const TurboRotation& rotation_;
  const KvCacheView& cache_;
  const KvQueries& queries_;
  const size_t dim_, group_;
  const AttentionMask mask_;
  size_t head_ = 0, first_query_ = 0, tokens_ = 0, rows_ = 0;
  AlignedBuffer memory_;
  float *logits_ = nullptr, *weights_ = nullptr;  // [rows][kAttentionBlock]
  float *rotated_ = nullptr, *plain_ = nullptr;   // [rows][dim], the sums over codes and over float16 rows
  OnlineSoftmax* softmax_ = nullptr;              // [rows]
  CodeQueries key_queries_;
};

}  // namespace

Status attend_kv(const KernelSet& set, const TurboRotation& rotation, const KvCacheView& cache,
                 const KvQueries& queries) {
  const size_t heads = cache.layout.kv_heads, group = queries.query_heads / heads;
  const size_t tokens = std::max<size_t>(1, kQueryRows / group);
  const size_t chunks = (queries.tokens + tokens - 1) / tokens;
  const double work = 2.0 * static_cast<double>(queries.tokens * queries.query_heads * cache.layout.dim) *
                      static_cast<double>(cache.all_rows());
  const auto worth = static_cast<size_t>(std::min(work / kWorkPerThread, 1024.0));
  if (!is_finite(set, queries.q, queries.tokens * queries.query_heads * cache.layout.dim))
    return Status::error(Code::kRange, "q must be finite");
  if (queries.logits != nullptr)
    std::fill_n(queries.logits, queries.tokens * queries.query_heads * cache.all_rows(), -INFINITY);
  std::mutex failed;
  Status result;
  ThreadPool::instance().parallel_for(heads * chunks, std::max<size_t>(1, worth), [&](size_t ticket) {
    const size_t query = ticket % chunks * tokens;
    HeadAttention attention(set, rotation, cache, queries);
    Status status = attention.run(ticket / chunks, query, std::min(tokens, queries.tokens - query));
    if (status.ok()) return;
    const std::lock_guard<std::mutex> lock(failed);
    result = std::move(status);
  });
  return result;
}

}  // namespace octavo
