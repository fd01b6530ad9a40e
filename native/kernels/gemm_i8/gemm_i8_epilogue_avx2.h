// The int8 GEMM's epilogue on 8 columns at a time; the order of operations is that of the scalar definition.
#pragma once

#include <immintrin.h>

#include "core/float_bits.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {
namespace {

/// Columns j .. j + 7 of a strip; `count` of them lie below n, and `mask` selects those.
struct Columns256 {
  size_t j;
  size_t count;
  __m256i mask;
};

inline Columns256 columns_from(size_t j, size_t n) {
  const size_t count = n - j < 8 ? n - j : 8;
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return {j, count, _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lanes)};
}

inline __m256i load_columns(const int32_t* values, const Columns256& at) {
  return _mm256_maskload_epi32(values + at.j, at.mask);
}

/// What the rows of a tile share, of 8 columns below n. Adding -0 changes nothing: it stands for an absent bias.
struct ColumnValues256 {
  __m256i term;
  __m256 scale, bias;
};

inline __m256i column_terms(const GemmI8Epilogue& e, size_t j) {
  return e.column_term ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(e.column_term + j))
                       : _mm256_setzero_si256();
}

inline ColumnValues256 column_values(const GemmI8Epilogue& e, size_t j) {
  return {column_terms(e, j), _mm256_loadu_ps(e.column_scale + j),
          e.bias ? _mm256_loadu_ps(e.bias + j) : _mm256_set1_ps(-0.0f)};
}

inline __m256 row_scale(const GemmI8Epilogue& e, size_t r) { return _mm256_set1_ps(e.row_scale[r * e.row_scale_step]); }

inline __m256 scale_sums(const GemmI8Epilogue& e, size_t r, const ColumnValues256& at, __m256i acc) {
  const __m256 f = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(acc, at.term)), row_scale(e, r));
  return _mm256_add_ps(_mm256_mul_ps(f, at.scale), at.bias);
}

/// The nearest float16 of 8 values; every NaN becomes the same.
inline __m128i to_float16(__m256 f) {
  const __m128i nearest = _mm256_cvtps_ph(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(f, f, _CMP_UNORD_Q));
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(nan), _mm256_extracti128_si256(nan, 1));
  return _mm_blendv_epi8(nearest, _mm_set1_epi16(kFloat16NaN), words);
}

/// The low bytes of 8 values, in order.
inline __m128i narrow_to_bytes(__m256i values) {
  const __m256i low =
      _mm256_shuffle_epi8(values, _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,  //
                                                   0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
}

inline __m128i to_bytes(const GemmI8Epilogue& e, __m256 f) {
  __m256 v = _mm256_mul_ps(f, _mm256_set1_ps(e.inverse_scale));
  v = _mm256_max_ps(v, _mm256_set1_ps(e.low));
  v = _mm256_min_ps(v, _mm256_set1_ps(e.high));
  const __m256 rounded = _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return narrow_to_bytes(_mm256_add_epi32(_mm256_cvtps_epi32(rounded), _mm256_set1_epi32(e.zero_point)));
}

}  // namespace
}  // namespace octavo
