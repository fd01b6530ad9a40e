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
};

struct RowRange {
  size_t first, count;
};

/// Bytes that one row of `k` values takes when it is staged in the kernel's form.
size_t staged_row_bytes(const GemmI8Kernel& kernel, size_t k);

/// Memory is this thread's scratch: valid until the next call. Null data when there is no memory.
StagedRows stage_rows(const KernelSet& set, const Activations& a, const PackedInt8& b, RowRange rows, bool with_sums);

}  // namespace octavo
