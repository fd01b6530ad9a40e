#include "ops/index_scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/scratch.h"

namespace octavo {
namespace {

/// Rows that are scored for all queries of a group before the next ones: few enough to stay in the first cache.
constexpr size_t kChunkRows = 64;
constexpr double kMostNorm = 0x1p63;

/// Rows of one segment, and what each of them is multiplied by or reduced by.
struct Chunk {
  const uint8_t* rows;
  const float *scales, *squares;
  size_t count, position;
};

Chunk chunk_of(const IndexSpec& spec, const IndexSnapshot::Part& part, size_t row, size_t count) {
  const IndexSegment& segment = *part.segment;
  const auto* scales = segment.array<float>(IndexArray::kScales);
  const auto* squares = segment.array<float>(IndexArray::kSquares);
  return {segment.array<uint8_t>(IndexArray::kRows) + row * index_row_bytes(spec), scales ? scales + row : nullptr,
          squares ? squares + row : nullptr, count, part.first_position + row};
}

/// Products to keys.
void finish_keys(const Chunk& chunk, float* keys) {
  if (chunk.scales != nullptr)
    for (size_t r = 0; r < chunk.count; ++r) keys[r] *= chunk.scales[r];
  if (chunk.squares != nullptr)
    for (size_t r = 0; r < chunk.count; ++r) keys[r] = 2 * keys[r] - chunk.squares[r];
}

/// True if some key is above the threshold.
bool any_above(const float* keys, size_t count, float threshold) {
  int found = 0;
  for (size_t r = 0; r < count; ++r) found |= keys[r] > threshold;
  return found != 0;
}

/// Whether rows take part: they are there, and the filter has their ids.
class Admission {
 public:
  Admission(const IndexSnapshot& rows, const IndexSearch& search)
      : rows_(rows), search_(search), all_(search.filter == nullptr && rows.live == rows.positions) {}

  bool all() const { return all_; }
  bool admits(const IndexSnapshot::Part& part, size_t row) const {
    if (rows_.is_removed(part.first_position + row)) return false;
    if (search_.filter == nullptr) return true;
    const auto id = static_cast<uint64_t>(part.segment->id(row));
    return id / 8 < search_.filter_bytes && (search_.filter[id / 8] >> id % 8 & 1) != 0;
  }
  bool admits_any(const IndexSnapshot::Part& part, size_t row, size_t count) const {
    for (size_t r = row; r < row + count; ++r)
      if (admits(part, r)) return true;
    return false;
  }

 private:
  const IndexSnapshot& rows_;
  const IndexSearch& search_;
  const bool all_;
};

void offer_all(const Chunk& chunk, const IndexSnapshot::Part& part, const Admission& admission, const float* keys,
               TopK& best) {
  if (best.full() && !any_above(keys, chunk.count, best.threshold())) return;
  for (size_t r = 0; r < chunk.count; ++r) {
    if (best.full() && !(keys[r] > best.threshold())) continue;
    const size_t position = chunk.position + r;
    if (admission.all() || admission.admits(part, position - part.first_position)) best.offer({keys[r], position});
  }
}

}  // namespace

Status ScanQueries::check_and_scale(const IndexSpec& spec, const IndexSearch& search, float* out, size_t stride) {
  for (size_t q = 0; q < search.count; ++q) {
    const float* query = search.queries + q * search.stride;
    double sum = 0;
    for (size_t j = 0; j < dim_; ++j) sum += static_cast<double>(query[j]) * query[j];
    if (!(sum < kMostNorm * kMostNorm))
      return Status::error(
          Code::kRange, "query " + std::to_string(q) +
                            (std::isfinite(sum) ? " has a norm of 2^63 or more" : " has a value that is not finite"));
    squares_.push_back(sum);
    const bool cosine = spec.metric == IndexMetric::kCosine;
    const double factor = !cosine ? 1 : sum > 0 ? 1 / std::sqrt(sum) : 0;
    for (size_t j = 0; j < dim_; ++j) out[q * stride + j] = static_cast<float>(query[j] * factor);
  }
  return {};
}

Status ScanQueries::prepare(const KernelSet& set, const VectorIndex& index, const IndexSearch& search) {
  const IndexSpec& spec = index.spec();
  dim_ = spec.dim;
  float_rows_ = spec.rows == IndexRows::kFloat32;
  const size_t stride = padded_query_length(dim_);
  const size_t bytes = multiply_sizes(multiply_sizes(search.count, stride), sizeof(float));
  if (!floats_.allocate(bytes)) return Status::error(Code::kNative, "no memory for the queries");
  auto* floats = floats_.as<float>();
  std::memset(floats, 0, bytes);
  if (Status s = check_and_scale(spec, search, floats, stride); !s.ok()) return s;
  if (float_rows_) return {};
  const VectorRows<float> rows = {floats, stride, search.count};
  if (spec.rows == IndexRows::kInt8) return codes_.prepare({dim_, nullptr}, floats, search.count, stride);
  if (Status s = rotate_rows(set, index.rotation(), {floats, stride, search.count}, rows); !s.ok()) return s;
  return codes_.prepare({dim_, &codebook_of(spec.bits)}, floats, search.count, stride);
}

Status ScanQueries::score(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, float* scores,
                          size_t stride) const {
  if (!float_rows_) return codes_.score(set, rows, first, count, scores, stride);
  const float* queries = floats_.as<float>() + first * padded_query_length(dim_);
  set.score_f32->run(
      {reinterpret_cast<const float*>(rows.codes), dim_, rows.rows, dim_, queries, count, scores, stride});
  return {};
}

Status scan_range(const ScanTask& task, const ScanRange& range, size_t first_query, std::vector<TopK>& best) {
  const auto& [set, spec, rows, search, queries] = task;
  const Admission admission(rows, search);
  std::vector<float> keys(best.size() * kChunkRows);
  for (const IndexSnapshot::Part& part : rows.parts) {
    const size_t begin = std::max(range.first, part.first_position) - part.first_position;
    const size_t end = std::min(range.last, part.first_position + part.rows);
    for (size_t row = begin; part.first_position + row < end; row += kChunkRows) {
      const Chunk chunk = chunk_of(spec, part, row, std::min(kChunkRows, end - part.first_position - row));
      if (!admission.all() && !admission.admits_any(part, row, chunk.count)) continue;
      const CodeRows codes = {chunk.rows, index_row_bytes(spec), chunk.count};
      if (Status s = queries.score(set, codes, first_query, best.size(), keys.data(), kChunkRows); !s.ok()) return s;
      for (size_t q = 0; q < best.size(); ++q) {
        finish_keys(chunk, keys.data() + q * kChunkRows);
        offer_all(chunk, part, admission, keys.data() + q * kChunkRows, best[q]);
      }
    }
  }
  return {};
}

}  // namespace octavo
