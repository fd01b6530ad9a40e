// Stores of the int8 GEMM's sums, 8 columns at a time, straight from registers where that pays.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/activation/activation_avx2.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx2.h"
#include "kernels/gemm_i8/gemm_i8_passes_avx2.h"

namespace octavo {
namespace {

template <int R>
OCTAVO_INLINE void store_int32(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R]) {
  int32_t* const c = static_cast<int32_t*>(s.c) + j;
  const __m256i terms = column_terms(e, j);
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + r * s.c_stride), _mm256_add_epi32(acc[r], terms));
  });
}

/// store(r, f) for the scaled sums of 8 columns below n.
template <int R, typename Store>
OCTAVO_INLINE void each_scaled(const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R], Store&& store) {
  const ColumnValues256 at = column_values(e, j);
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { store(r, scale_sums(e, r, at, acc[r])); });
}

template <bool kClipped, int R>
OCTAVO_INLINE void store_float32(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R]) {
  float* const c = static_cast<float*>(s.c) + j;
  each_scaled<R>(e, j, acc, [&](size_t r, __m256 f) OCTAVO_INLINE_LAMBDA {
    if constexpr (kClipped) f = clip(e.activation.low, e.activation.high, f);
    _mm256_storeu_ps(c + r * s.c_stride, f);
  });
}

template <int R>
OCTAVO_INLINE void store_float16(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R]) {
  uint16_t* const c = static_cast<uint16_t*>(s.c) + j;
  each_scaled<R>(e, j, acc, [&](size_t r, __m256 f) OCTAVO_INLINE_LAMBDA {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(c + r * s.c_stride), to_float16(f));
  });
}

template <int R>
OCTAVO_INLINE void store_bytes(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R]) {
  uint8_t* const c = static_cast<uint8_t*>(s.c) + j;
  each_scaled<R>(e, j, acc, [&](size_t r, __m256 f) OCTAVO_INLINE_LAMBDA {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(c + r * s.c_stride), to_bytes(e, f));
  });
}

/// Stores R rows of the columns from j on, of which at most 8 lie below n.
template <int R>
OCTAVO_INLINE void store_rows(const GemmI8Strip& s, const GemmI8Epilogue& e, TileStore store, size_t j,
                              const __m256i (&acc)[R]) {
  switch (j + 8 <= s.n ? store : TileStore::kPasses) {
    case TileStore::kInt32:
      return store_int32<R>(s, e, j, acc);
    case TileStore::kFloat32:
      return store_float32<false, R>(s, e, j, acc);
    case TileStore::kClippedFloat32:
      return store_float32<true, R>(s, e, j, acc);
    case TileStore::kFloat16:
      return store_float16<R>(s, e, j, acc);
    case TileStore::kInt8:
    case TileStore::kUint8:
    case TileStore::kClippedBytes:
      return store_bytes<R>(s, e, j, acc);
    default:
      break;
  }
  static_assert(R <= kMaxRows);
  alignas(32) int32_t sums[R * 8];
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { keep_sums(sums + r * 8, acc[r]); });
  store_in_passes(s, e, j, sums);
}

}  // namespace
}  // namespace octavo
