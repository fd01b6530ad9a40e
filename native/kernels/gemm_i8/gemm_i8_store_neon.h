// Stores of a tile's sums, without a decision for each vector where nothing but a clip or a residual follows the bias.
#pragma once

#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_neon.h"

namespace octavo {
namespace {

/// What the rows of a tile share, of 4 columns below n. Adding -0 changes nothing: it stands for an absent bias.
struct ColumnValues128 {
  int32x4_t term;
  float32x4_t scale, bias;
};

inline int32x4_t column_terms(const GemmI8Epilogue& e, size_t j) {
  return e.column_term ? vld1q_s32(e.column_term + j) : vdupq_n_s32(0);
}

inline ColumnValues128 column_values(const GemmI8Epilogue& e, size_t j) {
  return {column_terms(e, j), vld1q_f32(e.column_scale + j), e.bias ? vld1q_f32(e.bias + j) : vdupq_n_f32(-0.0f)};
}

template <TileStore kStore>
OCTAVO_INLINE void store_as(const GemmI8Epilogue& e, uint8_t* to, float32x4_t f) {
  if constexpr (kStore == TileStore::kFloat16) {
    vst1_u16(reinterpret_cast<uint16_t*>(to), to_float16(f));
  } else if constexpr (kStore == TileStore::kClippedBytes) {
    const uint32_t bytes = to_bytes(e, f);
    std::memcpy(to, &bytes, sizeof bytes);
  } else {
    vst1q_f32(reinterpret_cast<float*>(to), f);
  }
}

/// The sums of some rows of a strip and of columns from j on, `columns` of them, a multiple of 4, row by row.
struct TileSums {
  size_t first_row, rows, j, columns;
  const int32_t* sums;

  int32x4_t load(size_t r, size_t c) const { return vld1q_s32(sums + r * columns + c); }
};

/// Any epilogue on 4 columns of a tile, or as many as lie below n.
inline void store_any(const GemmI8Strip& s, const TileSums& tile, size_t c) {
  for (size_t r = 0; r < tile.rows; ++r) store_sums(s, *s.epilogue, tile.first_row + r, tile.j + c, tile.load(r, c));
}

inline void store_int32(const GemmI8Strip& s, const TileSums& tile, size_t c) {
  const int32x4_t terms = column_terms(*s.epilogue, tile.j + c);
  const size_t stride = s.c_stride;
  int32_t* to = static_cast<int32_t*>(s.c) + tile.first_row * stride + tile.j + c;
  const int32_t* sums = tile.sums + c;
  for (size_t left = tile.rows; left > 0; --left, to += stride, sums += tile.columns)
    vst1q_s32(to, vaddq_s32(vld1q_s32(sums), terms));
}

/// Where a row's values go in memory, and what is of it alone. Stores through `to` could change whatever the compiler
/// has not in registers, so that all of it is.
struct RowPlaces {
  uint8_t* to;
  const float *scale, *residual;
};

/// Scaled sums in the form that kStore says, from row to row.
template <TileStore kStore>
inline void store_scaled(const GemmI8Strip& s, const TileSums& tile, size_t c) {
  const GemmI8Epilogue e = *s.epilogue;
  const ColumnValues128 at = column_values(e, tile.j + c);
  const size_t j = tile.j + c, r = tile.first_row, bytes = element_bytes(s.output), stride_bytes = s.c_stride * bytes;
  RowPlaces row = {static_cast<uint8_t*>(s.c) + r * stride_bytes + j * bytes, e.row_scale + r * e.row_scale_step,
                   kStore == TileStore::kResidualFloat32 ? e.residual + r * e.residual_stride + j : nullptr};
  const int32_t* sums = tile.sums + c;
  const size_t columns = tile.columns;
  for (size_t left = tile.rows; left > 0; --left, sums += columns) {
    float32x4_t f = vmulq_n_f32(vcvtq_f32_s32(vaddq_s32(vld1q_s32(sums), at.term)), *row.scale);
    f = vaddq_f32(vmulq_f32(f, at.scale), at.bias);
    if constexpr (kStore == TileStore::kResidualFloat32) f = vaddq_f32(f, vld1q_f32(row.residual));
    if constexpr (kStore == TileStore::kClippedFloat32) f = clip(e.activation.low, e.activation.high, f);
    store_as<kStore>(e, row.to, f);
    row.to += stride_bytes;
    row.scale += e.row_scale_step;
    if constexpr (kStore == TileStore::kResidualFloat32) row.residual += e.residual_stride;
  }
}

template <TileStore kStore>
inline void store_columns_of(const GemmI8Strip& s, const TileSums& tile) {
  size_t c = 0;
  for (; c < tile.columns && tile.j + c + 4 <= s.n; c += 4) {
    if constexpr (kStore == TileStore::kPasses)
      store_any(s, tile, c);
    else if constexpr (kStore == TileStore::kInt32)
      store_int32(s, tile, c);
    else
      store_scaled<kStore>(s, tile, c);
  }
  if (c < tile.columns && tile.j + c < s.n) store_any(s, tile, c);
}

/// One copy of the code for tiles of all shapes; `store` is choose_store's. Conversion to integers saturates, so that
/// all bytes are stored alike.
[[gnu::noinline]] void store_tile(const GemmI8Strip& s, TileStore store, const TileSums& tile) {
  switch (store) {
    case TileStore::kInt32:
      return store_columns_of<TileStore::kInt32>(s, tile);
    case TileStore::kFloat32:
      return store_columns_of<TileStore::kFloat32>(s, tile);
    case TileStore::kClippedFloat32:
      return store_columns_of<TileStore::kClippedFloat32>(s, tile);
    case TileStore::kResidualFloat32:
      return store_columns_of<TileStore::kResidualFloat32>(s, tile);
    case TileStore::kFloat16:
      return store_columns_of<TileStore::kFloat16>(s, tile);
    case TileStore::kInt8:
    case TileStore::kUint8:
    case TileStore::kClippedBytes:
      return store_columns_of<TileStore::kClippedBytes>(s, tile);
    case TileStore::kPasses:
      return store_columns_of<TileStore::kPasses>(s, tile);
  }
}

/// Stores R rows from `first` on, and C vectors of columns from j on. The sums pass through the stack, which costs less
/// than a copy of all stores for each tile, and takes no registers from its loop.
template <int R, int C>
OCTAVO_INLINE void store_tile(const GemmI8Strip& s, TileStore store, size_t first, size_t j,
                              const int32x4_t (&sums)[R][C]) {
  int32_t memory[R * C * 4];
  unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { vst1q_s32(memory + (r * C + c) * 4, sums[r][c]); });
  store_tile(s, store, {first, R, j, 4 * C, memory});
}

}  // namespace
}  // namespace octavo
