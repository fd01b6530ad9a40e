#include "ops/kv_store.h"

#include <cmath>

#include "core/float_bits.h"
#include "ops/scratch.h"

namespace octavo {
namespace {

constexpr size_t kRows = 64;  // vectors that are encoded together

/// Vectors of one token's heads, or of one head's tokens: whatever there is more of lies in one call.
struct Run {
  size_t token, tokens, head, heads;

  size_t rows() const { return tokens * heads; }
};

class CodeStore {
 public:
  CodeStore(const KernelSet& set, const TurboRotation& rotation, const KvVectors<const float>& from,
            const KvTransform& transform, KvSide side, const KvPages& to)
      : set_(set), rotation_(rotation), from_(from), transform_(transform), side_(side), to_(to) {}

  Status run() {
    const KvLayout& layout = to_.layout;
    rows_ = static_cast<float*>(scratch(ScratchSlot::kKvRows, kRows * (layout.dim + 1) * sizeof(float)));
    if (rows_ == nullptr) return Status::error(Code::kNative, "no memory for the vectors of a cache");
    if (from_.tokens < layout.kv_heads) {
      for (size_t token = 0; token < from_.tokens; ++token)
        for (size_t head = 0; head < layout.kv_heads; head += kRows)
          if (Status status = store({token, 1, head, std::min(kRows, layout.kv_heads - head)}); !status.ok())
            return status;
      return {};
    }
    for (size_t head = 0; head < layout.kv_heads; ++head)
      if (Status status = store_head(head); !status.ok()) return status;
    return {};
  }

 private:
  Status store_head(size_t head) {
    Status status;
    each_page_piece(to_.layout, to_.first, from_.tokens, kRows, [&](size_t, size_t, size_t count, size_t done) {
      if (status.ok()) status = store({done, count, head, 1});
    });
    return status;
  }

  /// A run that lies in one page.
  Status store(const Run& run) {
    const KvLayout& layout = to_.layout;
    const size_t at = to_.first + run.token, token = at % layout.page_tokens, dim = layout.dim;
    for (size_t r = 0; r < run.rows(); ++r) transform_row(run.token + (run.heads == 1 ? r : 0), head_of(run, r), r);
    uint8_t* const page = to_.pages[at / layout.page_tokens];
    const size_t row_bytes = layout.row_bytes(side_);
    float* const scales = rows_ + kRows * dim;
    const size_t stride = run.heads == 1 ? row_bytes : row_bytes * layout.page_tokens;
    const bool keys = side_ == KvSide::kKeys;
    const TurboFormat format = {keys ? layout.key_bits : layout.value_bits,
                                keys ? TurboScale::kMatchedNorm : TurboScale::kMinMse, ScaleType::kFloat16};
    Status status = encode_rows(set_, rotation_, format, {rows_, dim, run.rows()},
                                {page + layout.codes_at(side_, run.head, token), stride, scales});
    if (!status.ok()) {
      const std::string name = keys ? "k" : "v";
      return Status::error(status.code, name + ", from token " + std::to_string(run.token) + " on: " + status.message);
    }
    for (size_t r = 0; r < run.rows(); ++r) {
      const size_t slot = layout.scales_at(side_, head_of(run, r), token + (run.heads == 1 ? r : 0));
      *reinterpret_cast<uint16_t*>(page + slot) = to_float16(scales[r]);
    }
    return {};
  }

  static size_t head_of(const Run& run, size_t r) { return run.head + (run.heads == 1 ? 0 : r); }

  void transform_row(size_t token, size_t head, size_t r) {
    const size_t dim = to_.layout.dim;
    const float* const x = from_.data + token * from_.token_stride + head * from_.head_stride;
    float* const y = rows_ + r * dim;
    for (size_t j = 0; j < dim; ++j) {
      y[j] = transform_.mean == nullptr ? x[j] : x[j] - transform_.mean[head * dim + j];
      if (transform_.balance != nullptr) y[j] /= transform_.balance[head * dim + j];
    }
  }

  const KernelSet& set_;
  const TurboRotation& rotation_;
  const KvVectors<const float>& from_;
  const KvTransform& transform_;
  const KvSide side_;
  const KvPages& to_;
  float* rows_ = nullptr;  // [kRows][dim], then the scales
};

template <typename From, typename To, typename Body>
void each_vector(const KvVectors<From>& from, const KvVectors<To>& to, size_t kv_heads, const Body& body) {
  for (size_t token = 0; token < from.tokens; ++token)
    for (size_t head = 0; head < kv_heads; ++head)
      body(from.data + token * from.token_stride + head * from.head_stride,
           to.data + token * to.token_stride + head * to.head_stride, token, head);
}

}  // namespace

Status store_codes(const KernelSet& set, const TurboRotation& rotation, const KvVectors<const float>& from,
                   const KvTransform& transform, KvSide side, const KvPages& to) {
  return CodeStore(set, rotation, from, transform, side, to).run();
}

Status store_halves(const KvVectors<const float>& from, const KvTransform& transform, size_t kv_heads, size_t dim,
                    const KvVectors<uint16_t>& to) {
  constexpr uint16_t kInfinity16 = 0x7C00;
  size_t bad = from.tokens;
  each_vector(from, to, kv_heads, [&](const float* x, uint16_t* y, size_t token, size_t head) {
    for (size_t j = 0; j < dim; ++j) {
      y[j] = to_float16(transform.mean == nullptr ? x[j] : x[j] - transform.mean[head * dim + j]);
      if ((y[j] & kInfinity16) == kInfinity16) bad = std::min(bad, token);
    }
  });
  if (bad == from.tokens) return {};
  return Status::error(Code::kRange, "token " + std::to_string(bad) + " must be finite and within float16");
}

void widen_vectors(const KernelSet& set, const KvVectors<const uint16_t>& from, size_t kv_heads, size_t dim,
                   const KvVectors<float>& to) {
  each_vector(from, to, kv_heads,
              [&](const uint16_t* x, float* y, size_t, size_t) { set.attention->widen(x, dim, y); });
}

}  // namespace octavo
