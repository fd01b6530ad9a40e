// The int4 GEMM's groups and epilogue on 4 columns at a time, in a tile's values in memory.
#pragma once

#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_neon.h"

namespace octavo {
namespace {

/// Where a group's sums of some rows and columns belong.
struct GroupPlace {
  const GemmI4Strip& s;
  size_t g, first_row, j;  // j: the tile's first column, a multiple of 4
  const uint8_t* scales;   // of column j
};

/// The zero points of 4 columns from j on.
inline int32x4_t zero_points(const GemmI4Strip& s, size_t g, size_t j) {
  const uint8_t* zeros = s.zero_points + (j / kInt4Columns * s.groups + g) * kInt4Columns + j % kInt4Columns;
  uint32_t four;
  std::memcpy(&four, zeros, sizeof four);
  const uint16x8_t wide = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(wide)));
}

/// values[r][c] += the group's sums with each row's term, scaled; C vectors of 4 columns.
template <int R, int C>
OCTAVO_INLINE void add_group(const GroupPlace& at, const int32x4_t (&sums)[R][C], float* values) {
  const int32_t* terms = at.s.group_terms + at.g * at.s.term_stride + at.first_row;
  unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA {
    const float32x4_t scale = vreinterpretq_f32_u8(vld1q_u8(at.scales + c * 16));
    const int32x4_t zero = at.s.zero_points ? zero_points(at.s, at.g, at.j + c * 4) : vdupq_n_s32(1);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const int32x4_t sum = vmlaq_n_s32(sums[r][c], zero, terms[r]);
      float* const value = values + (r * C + c) * 4;
      vst1q_f32(value, vfmaq_f32(vld1q_f32(value), vcvtq_f32_s32(sum), scale));
    });
  });
}

/// The rows of a tile, `columns` values each, from first_row and column j on.
struct TileValues {
  size_t first_row, rows, j, columns;
  const float* values;
};

/// Finishes up to 4 columns of a row, those below n.
inline void finish_columns(const GemmI4Strip& s, size_t r, size_t j, const float* values) {
  const GemmI8Epilogue& e = *s.epilogue;
  const float row_scale = e.row_scale[r * e.row_scale_step];
  if (j + 4 > s.n) {
    for (size_t i = 0; j + i < s.n; ++i) finish_value_scalar(s, r, j + i, values[i] * row_scale);
    return;
  }
  float32x4_t f = vmulq_n_f32(vld1q_f32(values), row_scale);
  if (e.bias) f = vaddq_f32(f, vld1q_f32(e.bias + j));
  if (e.residual) f = vaddq_f32(f, vld1q_f32(e.residual + r * e.residual_stride + j));
  store_values(s, e, r, j, activate(e.activation, f));
}

[[gnu::noinline]] void store_tile(const GemmI4Strip& s, const TileValues& tile) {
  for (size_t r = 0; r < tile.rows; ++r)
    for (size_t c = 0; c < tile.columns && tile.j + c < s.n; c += 4)
      finish_columns(s, tile.first_row + r, tile.j + c, tile.values + r * tile.columns + c);
}

/// The nibbles of 16 bytes, which are valid int8.
struct Nibbles128 {
  int8x16_t low, high;
};

OCTAVO_INLINE Nibbles128 load_nibbles(const uint8_t* b) {
  const uint8x16_t both = vld1q_u8(b);
  return {vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15))), vreinterpretq_s8_u8(vshrq_n_u8(both, 4))};
}

}  // namespace
}  // namespace octavo
