#include "ops/turbo_score.h"

#include <string>

#include "core/aligned_buffer.h"
#include "ops/row_groups.h"
#include "ops/score_codes.h"

namespace octavo {
namespace {

Status check_finite(const KernelSet& set, const VectorRows<const float>& queries, size_t dim) {
  for (size_t q = 0; q < queries.rows; ++q) {
    const MinMax range = set.minmax->uniform(queries.first + q * queries.stride, dim);
    if (range.nan_count + range.infinity_count > 0)
      return Status::error(Code::kRange, "query " + std::to_string(q) + " has a value that is not finite");
  }
  return {};
}

}  // namespace

Status score_rows(const KernelSet& set, const TurboRotation& rotation, size_t bits,
                  const VectorRows<const float>& queries, const TurboCodesView& codes,
                  const VectorRows<float>& scores) {
  const size_t dim = rotation.dim(), rows = scores.stride;
  Status status = check_finite(set, queries, dim);
  if (!status.ok() || queries.rows == 0) return status;
  AlignedBuffer memory;
  if (!memory.allocate(multiply_sizes(queries.rows, dim * sizeof(float))))
    return Status::error(Code::kNative, "no memory for rotated queries");
  float* rotated = memory.as<float>();
  status = rotate_rows(set, rotation, queries, {rotated, dim, queries.rows});
  CodeQueries ready;
  if (status.ok()) status = ready.prepare({dim, &codebook_of(bits)}, rotated, queries.rows, dim);
  if (!status.ok()) return status;
  return for_row_groups(rows, dim, [&](size_t from, size_t count) {
    const CodeRows part = {codes.codes + from * codes.stride_bytes, codes.stride_bytes, count};
    if (Status s = ready.score(set, part, 0, queries.rows, scores.first + from, rows); !s.ok()) return s;
    for (size_t q = 0; q < queries.rows; ++q)
      for (size_t r = from; r < from + count; ++r) scores.first[q * rows + r] *= codes.scales[r];
    return Status{};
  });
}

}  // namespace octavo
