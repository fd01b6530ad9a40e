#include "ops/score_codes.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ops/scratch.h"

namespace octavo {
namespace {

constexpr double kMost = 127;
constexpr size_t kChunkRows = 64;

/// The nearest integer, ties to even, of what lies within -127 .. 127.
int8_t to_int8(double value) { return static_cast<int8_t>(std::nearbyint(std::clamp(value, -kMost, kMost))); }

}  // namespace

size_t code_row_bytes(const CodeFormat& format) {
  return format.is_int8() ? format.dim : code_bytes(format.book->bits, format.dim);
}

void CodeQueries::arrange(const float* query, size_t q) {
  const size_t dim = format_.dim;
  if (!in_integers()) {
    std::copy_n(query, dim, queries_.as<float>() + q * query_bytes_ / sizeof(float));
    return;
  }
  double most = 0;
  for (size_t j = 0; j < dim; ++j) most = std::max(most, std::fabs(static_cast<double>(query[j])));
  int8_t* out = queries_.as<int8_t>() + q * query_bytes_;
  int32_t sum = 0;
  for (size_t j = 0; j < dim && most > 0; ++j) {
    const int8_t value = to_int8(query[j] / most * kMost);
    out[arranged_position(format_.bits(), j)] = value;
    sum += value;
  }
  sums_.as<int32_t>()[q] = sum;
  factors_.as<float>()[q] = static_cast<float>(most / kMost * level_step_);
}

Status CodeQueries::prepare(const CodeFormat& format, const float* queries, size_t count, size_t stride) {
  format_ = format;
  count_ = count;
  query_bytes_ =
      in_integers() ? arranged_query_bytes(format.bits(), format.dim) : padded_query_length(format.dim) * sizeof(float);
  if (!queries_.allocate(multiply_sizes(count, query_bytes_)) || !factors_.allocate(count * sizeof(float)) ||
      !sums_.allocate(count * sizeof(int32_t)))
    return Status::error(Code::kNative, "out of memory for the queries");
  std::memset(queries_.as<void>(), 0, count * query_bytes_);
  if (in_integers() && !format.is_int8()) {
    const size_t top = (size_t{1} << format.bits()) - 1;
    level_step_ = format.book->levels[top] / kMost;
    for (size_t i = 0; i <= top; ++i) levels_[i] = to_int8(format.book->levels[i] / level_step_);
  }
  for (size_t q = 0; q < count; ++q) arrange(queries + q * stride, q);
  return {};
}

void CodeQueries::sum(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, int32_t* sums,
                      size_t stride) const {
  const ScoreCodesBlock block = {rows.codes, rows.row_stride_bytes,
                                 rows.rows,  format_.dim,
                                 levels_,    queries_.as<int8_t>() + first * query_bytes_,
                                 count,      sums_.as<int32_t>() + first,
                                 sums,       stride};
  (format_.is_int8() ? set.score_codes->int8 : set.score_codes->codes[format_.bits() - 1])(block);
}

Status CodeQueries::score(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, float* scores,
                          size_t stride) const {
  const size_t dim = format_.dim;
  const size_t row_bytes = in_integers() ? count * sizeof(int32_t) : dim * sizeof(float);
  void* const memory = scratch(ScratchSlot::kScoredRows, kChunkRows * row_bytes);
  if (memory == nullptr) return Status::error(Code::kNative, "out of memory for scores");
  for (size_t done = 0; done < rows.rows; done += kChunkRows) {
    const size_t now = std::min(kChunkRows, rows.rows - done);
    const uint8_t* codes = rows.codes + done * rows.row_stride_bytes;
    float* const out = scores + done;
    if (in_integers()) {
      auto* const sums = static_cast<int32_t*>(memory);
      sum(set, {codes, rows.row_stride_bytes, now}, first, count, sums, kChunkRows);
      for (size_t q = 0; q < count; ++q)
        for (size_t r = 0; r < now; ++r)
          out[q * stride + r] = static_cast<float>(sums[q * kChunkRows + r]) * factor(first + q);
    } else {
      auto* const levels = static_cast<float*>(memory);
      for (size_t r = 0; r < now; ++r)
        set.codes->decode(codes + r * rows.row_stride_bytes, dim, *format_.book, levels + r * dim);
      const float* queries = queries_.as<float>() + first * query_bytes_ / sizeof(float);
      set.score_f32->run({levels, dim, now, dim, queries, count, out, stride});
    }
  }
  return {};
}

}  // namespace octavo
