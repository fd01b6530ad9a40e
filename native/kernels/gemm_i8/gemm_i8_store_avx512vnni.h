// Stores of the int8 GEMM's tiles on 16 columns at a time, straight from registers where that pays.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/activation/activation_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_bytes_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_passes_avx512vnni.h"

namespace octavo {
namespace {

template <int R, int P>
OCTAVO_INLINE void store_int32(const GemmI8Strip& s, size_t j, const __m512i (&acc)[R][P]) {
  int32_t* const c = static_cast<int32_t*>(s.c) + j;
  unroll_tile<R, P>([&](auto r, auto p)
                        OCTAVO_INLINE_LAMBDA { _mm512_storeu_si512(c + r * s.c_stride + p * 16, acc[r][p]); });
}

/// store(r, p, f) for the scaled sums of a whole tile.
template <int R, int P, typename Store>
OCTAVO_INLINE void each_scaled(const GemmI8Epilogue& e, size_t j, const __m512i (&acc)[R][P], Store&& store) {
  unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
    const ColumnValues512 at = column_values(e, j + p * 16);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { store(r, p * 16, scale_sums(e, r, at, acc[r][p])); });
  });
}

template <TileStore kStore, int R, int P>
OCTAVO_INLINE void store_float32(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m512i (&acc)[R][P]) {
  float* const c = static_cast<float*>(s.c) + j;
  each_scaled<R, P>(e, j, acc, [&](size_t r, size_t p, __m512 f) OCTAVO_INLINE_LAMBDA {
    if constexpr (kStore == TileStore::kClippedFloat32) f = clip(e.activation.low, e.activation.high, f);
    if constexpr (kStore == TileStore::kResidualFloat32)
      f = _mm512_add_ps(f, _mm512_loadu_ps(e.residual + r * e.residual_stride + j + p));
    _mm512_storeu_ps(c + r * s.c_stride + p, f);
  });
}

template <int R, int P>
OCTAVO_INLINE void store_float16(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m512i (&acc)[R][P]) {
  uint16_t* const c = static_cast<uint16_t*>(s.c) + j;
  each_scaled<R, P>(e, j, acc, [&](size_t r, size_t p, __m512 f) OCTAVO_INLINE_LAMBDA {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + r * s.c_stride + p), to_float16(f));
  });
}

/// Stores a tile of P panels from column j on, the last of which may reach beyond n.
template <int R, int P>
OCTAVO_INLINE void store_tile(const GemmI8Strip& s, const GemmI8Epilogue& e, TileStore store, size_t j,
                              const __m512i (&acc)[R][P]) {
  switch (j + P * 16 <= s.n ? store : TileStore::kPasses) {
    case TileStore::kInt32:
      return store_int32<R, P>(s, j, acc);
    case TileStore::kFloat32:
      return store_float32<TileStore::kFloat32, R, P>(s, e, j, acc);
    case TileStore::kClippedFloat32:
      return store_float32<TileStore::kClippedFloat32, R, P>(s, e, j, acc);
    case TileStore::kResidualFloat32:
      return store_float32<TileStore::kResidualFloat32, R, P>(s, e, j, acc);
    case TileStore::kFloat16:
      return store_float16<R, P>(s, e, j, acc);
    case TileStore::kInt8:
      return store_bytes<TileStore::kInt8, R, P>(s, e, j, acc);
    case TileStore::kUint8:
      return store_bytes<TileStore::kUint8, R, P>(s, e, j, acc);
    case TileStore::kClippedBytes:
      return store_bytes<TileStore::kClippedBytes, R, P>(s, e, j, acc);
    default:
      break;
  }
  static_assert(R <= kMaxRows);
  alignas(64) int32_t sums[P][R * 16];
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA { _mm512_store_si512(sums[p] + r * 16, acc[r][p]); });
  for (size_t p = 0; p < P; ++p) store_in_passes(s, e, j + p * 16, sums[p]);
}

}  // namespace
}  // namespace octavo
