// Staging: rows of activations brought into the form that a kernel reads, with what the epilogue needs of each row.
#pragma once

#include "ops/gemm_i8.h"

namespace octavo {

/// Rows ready for a kernel. `data` may be the caller's own memory, when it has the right form already.
struct StagedRows {
  const void* data = nullptr;
  size_t stride_bytes = 0;
  const int32_t* row_sums = nullptr;  // of the staged values, [rows]; null unless asked for
  const float* row_scales = nullptr;  // [rows]; null unless quantized dynamically
  bool is_signed = false;             // the values are int8, for a kernel that takes them as they come

  StagedRows from(size_t row) const {
    return {static_cast<const char*>(data) + row * stride_bytes, stride_bytes, row_sums ? row_sums + row : nullptr,
            row_scales ? row_scales + row : nullptr, is_signed};
  }
};

struct RowRange {
  size_t first, count;
};

/// The form in which a kernel reads rows of k values, for a product of n columns.
struct StageTarget {
  AForm form;
  size_t kr;            // values of k that a kernel reads at once
  size_t flip_columns;  // of gemm_i8.h
  size_t k, n;

  /// Bytes that one row takes.
  size_t row_bytes() const;
};

/// What staging needs to know of a call, decided once for all rows.
struct StagePlan {
  const KernelSet& set;
  const Activations& a;
  AForm form;
  size_t k, row_bytes;
  bool is_float, is_signed;  // of the bytes: floats are quantized to them first
  bool lies_well;            // the kernel could read the rows where they are, were they of its form
  bool in_form, in_place;    // the bytes have the kernel's form; they are read where they are

  StagePlan(const KernelSet& set, const Activations& a, const StageTarget& target, size_t rows);
  const void* row(size_t r) const;
};

/// Rows on their way to a kernel, which can be staged part by part, each just before it is used. Memory is the scratch
/// of the thread that makes the object, valid until that thread makes another.
class RowStaging {
 public:
  RowStaging(const KernelSet& set, const Activations& a, const StageTarget& target, RowRange rows, bool with_sums);

  /// False when there is no memory.
  bool ok() const { return rows_.data != nullptr; }
  /// Stages a part of the rows, counted from the first one.
  void stage(RowRange part) const;
  /// Stages all rows, on up to `threads` threads where that is worth waking them. False when they have no memory.
  bool stage_all(size_t threads) const;
  /// All rows; those that are staged can be read.
  const StagedRows& rows() const { return rows_; }
  /// What staging a part will read.
  GemmI8Ahead source(RowRange part) const;

 private:
  StagePlan plan_;
  RowRange range_;
  bool with_sums_;
  uint8_t* staged_;
  uint8_t* between_;  // bytes of one row that still have to be converted; null where that does not happen
  int32_t* sums_;
  float* scales_;
  StagedRows rows_;
};

}  // namespace octavo
