// 4-bit weights packed once for the int4 GEMM; the same for every kernel set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/status.h"
#include "ops/weight_memory.h"

namespace octavo {

/// The largest group: 15 * 128 for each of its values cannot leave int32.
constexpr size_t kMostInt4Group = size_t{INT32_MAX} / (15 * 128) / 8 * 8;

struct PackedInt4 {
  size_t k = 0, n = 0;
  size_t group = 0, groups = 0;  // values of k that share a scale, a multiple of 8, and how many such groups there are
  WeightMemory panels;           // layout: kernels/gemm_i4/gemm_i4.h
  WeightMemory zero_points;      // uint8 [panels][groups][16]; empty where all are 8

  size_t size_bytes() const { return panels.size_bytes() + zero_points.size_bytes(); }
  /// Bytes that one column takes of its panel.
  size_t column_bytes() const;
};

/// A matrix [n, k]: each row the weights of one output. Groups are consecutive values of a row; the last one of each
/// row is shorter where the group does not divide k.
struct Int4Source {
  size_t k, n;
  size_t group;               // any; 0 or more than k: the whole of k
  const uint8_t* nibbles;     // two values a byte, the first in the low half; row r starts at nibble r * row_values
  size_t row_values;          // at least k
  bool is_signed;             // nibbles and zero points are -8 .. 7; else 0 .. 15
  const float* scales;        // [n, groups]
  const int8_t* zero_points;  // [n, groups], or null: 0 where signed, else 8
};

/// kRange unless the group is a multiple of 8 (or the whole of k), sums of a group stay in int32 for any activations,
/// every scale is finite and every zero point is of the weights' type.
Status pack_int4(const Int4Source& source, PackedInt4* packed);

}  // namespace octavo
