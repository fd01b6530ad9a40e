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
  bool is_signed = false;             // the values are int8, for kernels that take bytes of both signs

  StagedRows from(size_t row) const {
    return {static_cast<const char*>(data) + row * stride_bytes, stride_bytes, row_sums ? row_sums + row : nullptr,
            row_scales ? row_scales + row : nullptr, is_signed};
  }
};

struct RowRange {
  size_t first, count;
};

/// Bytes that one row of `k` values takes when it is staged in the kernel's form.
size_t staged_row_bytes(const GemmI8Kernel& kernel, size_t k);

struct StageRequest {
  RowRange rows;
  bool with_sums;
  size_t threads = 1;  // that may take part
};

/// Memory is this thread's scratch: valid until its next call. Null data when there is no memory.
StagedRows stage_rows(const KernelSet& set, const Activations& a, const PackedInt8& b, const StageRequest& request);

}  // namespace octavo
