// Inner products of rotated float32 queries with quantized rows: the queries made ready once, the rows as they lie.
//
// Codes of 1 to 4 bits and int8 rows: levels and queries are rounded to int8 and the sums are exact integers, so the
// result is float(sum) * factor[q], the same bits on every kernel set. Source of the form: Qdrant's and Faiss' scorers
// of 4-bit codes; a query's rounding adds (range / 127)^2 / 12 of noise a coordinate, far below that of the codes.
// Codes of 5 bits and more, whose levels int8 would coarsen: rows become float32 levels first, and scores are the
// chains of score_f32.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/aligned_buffer.h"
#include "core/status.h"
#include "kernels/codes/codes.h"
#include "kernels/kernels.h"

namespace octavo {

/// What quantized rows are: codes of a codebook, or int8 values where there is none. The book outlives the queries.
struct CodeFormat {
  size_t dim;
  const Codebook* book;

  bool is_int8() const { return book == nullptr; }
  size_t bits() const { return book == nullptr ? 8 : book->bits; }
};

/// Rows as score_codes.h of the kernels has them: 64 readable bytes follow the last one.
struct CodeRows {
  const uint8_t* codes;
  size_t row_stride_bytes, rows;
};

/// Bytes of a row's planes; dim for int8.
size_t code_row_bytes(const CodeFormat& format);

class CodeQueries {
 public:
  /// Queries are `stride` values apart and finite. ERR_NATIVE without memory. dim up to 65,536.
  Status prepare(const CodeFormat& format, const float* queries, size_t count, size_t stride);

  const CodeFormat& format() const { return format_; }
  size_t count() const { return count_; }
  bool in_integers() const { return format_.is_int8() || format_.bits() <= 4; }

  /// scores[q * stride + r] = estimate of <query q, levels of row r>, the rows' own scales left to the caller.
  /// Queries first .. first + count - 1.
  Status score(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, float* scores,
               size_t stride) const;
  /// The same before factors, for formats in integers.
  void sum(const KernelSet& set, const CodeRows& rows, size_t first, size_t count, int32_t* sums, size_t stride) const;
  /// What an integer sum of query q is multiplied by.
  float factor(size_t q) const { return factors_.as<float>()[q]; }

 private:
  void arrange(const float* query, size_t q);

  CodeFormat format_ = {};
  size_t count_ = 0, query_bytes_ = 0;
  int8_t levels_[16] = {};
  double level_step_ = 1;
  AlignedBuffer queries_, factors_, sums_;
};

}  // namespace octavo
