// The scale and zero point of a block of weights with the least squared error.
#pragma once

#include <cstddef>
#include <cstdint>

namespace octavo {

struct BlockSearch {
  int32_t low, high;  // quantized values
  bool symmetric;
  bool search;  // else the range's own
};

struct BlockParams {
  float scale;
  int32_t zero_point;
};

/// Parameters for finite values: those of their range with 0, or the best of 33 ranges between it and half of it, and
/// then of up to four scales that fit what the best one rounds to in the sense of least squares. Sums are double, in
/// order; symmetric ranges use the lowest value where the search finds that better. Nothing but 0 has the scale 1.
BlockParams block_params(const float* values, size_t count, const BlockSearch& how);

/// A matrix [rows, columns] in blocks along its rows, the last of which may be shorter.
struct BlockedRows {
  const float* weights;
  size_t rows, columns, block;
};

/// For each block of each row: scale and zero point [rows, ceil(columns / block)].
void choose_blocks(const BlockedRows& matrix, const BlockSearch& how, float* scale, int32_t* zero_point);

}  // namespace octavo
