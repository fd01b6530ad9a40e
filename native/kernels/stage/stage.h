// Staging: rows of bytes brought into the form in which an int8 GEMM kernel reads activations, their sums, and what a
// zero point takes from each column.
//
// Rows are read up to `count` bytes, not beyond. Targets start at a cache line and have room for whole lines of 64
// bytes: what follows a row's values in its last line becomes 0. Source and target do not overlap.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

/// Rows of `count` bytes each, `stride` bytes apart.
struct ByteRows {
  const uint8_t* first;
  size_t stride, rows, count;
};

struct StageKernel {
  /// Row by row, target[i] = source[i] ^ flip. 0x80 turns int8 into uint8 that is larger by 128, and back; 0 copies.
  void (*flip)(const ByteRows& source, uint8_t* target, size_t target_stride_bytes, uint8_t flip);
  /// Row by row, target[i] = source[i] as int16, from int8 if `is_signed`, else from uint8.
  void (*widen)(const ByteRows& source, int16_t* target, size_t target_stride_bytes, bool is_signed);
  /// sums[r] = start + the sum of row r's bytes ^ flip as uint8, modulo 2^32.
  void (*sum)(const ByteRows& source, uint8_t flip, uint32_t start, int32_t* sums);
  /// terms[i] = values[i] * factor, modulo 2^32.
  void (*multiply)(const int32_t* values, size_t count, int32_t factor, int32_t* terms);
};

extern const StageKernel kStageScalar, kStageAvx2, kStageAvx512vnni, kStageNeon;

}  // namespace octavo
