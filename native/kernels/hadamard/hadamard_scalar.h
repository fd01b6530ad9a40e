// The definition of a round, one row at a time; vector kernels do rows below their smallest block with it.
#pragma once

#include "core/float_bits.h"
#include "kernels/hadamard/hadamard.h"

namespace octavo {
namespace {

inline float with_sign(float value, uint32_t sign) { return float_of_bits(bits_of(value) ^ sign); }

inline void butterflies(float* t, size_t count) {
  for (size_t h = 1; h < count; h *= 2)
    for (size_t i = 0; i < count; i += 2 * h)
      for (size_t j = i; j < i + h; ++j) {
        const float a = t[j], b = t[j + h];
        t[j] = a + b;
        t[j + h] = a - b;
      }
}

inline void forward_row(const float* x, float* y, size_t count, const HadamardRound& round, float row_scale) {
  for (size_t i = 0; i < count; ++i) y[i] = with_sign(x[i] * row_scale, round.signs[i]);
  butterflies(y, count);
  for (size_t i = 0; i < count; ++i) y[i] *= round.factor;
}

inline void backward_row(const float* x, float* y, size_t count, const HadamardRound& round, float row_scale) {
  if (y != x)
    for (size_t i = 0; i < count; ++i) y[i] = x[i];
  butterflies(y, count);
  for (size_t i = 0; i < count; ++i) y[i] = with_sign(y[i] * round.factor, round.signs[i]) * row_scale;
}

using HadamardRow = void (*)(const float* x, float* y, size_t count, const HadamardRound& round, float row_scale);

/// A kernel of all rows from that of one.
template <HadamardRow Row>
void for_rows(const HadamardRows& rows, const HadamardRound& round) {
  for (size_t r = 0; r < rows.rows; ++r)
    Row(rows.x + r * rows.x_stride, rows.y + r * rows.y_stride, rows.count, round,
        round.row_scale == nullptr ? 1.0f : round.row_scale[r]);
}

}  // namespace
}  // namespace octavo
