// The int8 GEMM's epilogue on 8 columns at a time; the order of operations is that of the scalar definition.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
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

inline __m256i add_product(__m256i acc, int32_t row, __m256i columns) {
  return _mm256_add_epi32(acc, _mm256_mullo_epi32(_mm256_set1_epi32(row), columns));
}

inline __m256i add_corrections(const GemmI8Epilogue& e, size_t r, const Columns256& at, __m256i acc) {
  if (e.column_term) acc = _mm256_add_epi32(acc, load_columns(e.column_term, at));
  if (e.row_factor) acc = add_product(acc, e.row_factor[r], load_columns(e.column_sum, at));
  if (e.column_factor) acc = add_product(acc, e.row_sum[r], load_columns(e.column_factor, at));
  return acc;
}

/// True if int32 output needs nothing but a term of each column.
inline bool is_plain_int32(const GemmI8Strip& s, const GemmI8Epilogue& e) {
  return s.output == OutputType::kInt32 && e.row_factor == nullptr && e.column_factor == nullptr;
}

/// The terms of 8 columns below n, zeros where there are none.
inline __m256i column_terms(const GemmI8Epilogue& e, size_t j) {
  return e.column_term ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(e.column_term + j))
                       : _mm256_setzero_si256();
}

inline __m256 scale_and_clip(const GemmI8Epilogue& e, size_t r, const Columns256& at, __m256i acc) {
  __m256 f = _mm256_cvtepi32_ps(acc);
  f = _mm256_mul_ps(f, _mm256_set1_ps(e.row_scale[r * e.row_scale_step]));
  f = _mm256_mul_ps(f, _mm256_maskload_ps(e.column_scale + at.j, at.mask));
  if (e.bias) f = _mm256_add_ps(f, _mm256_maskload_ps(e.bias + at.j, at.mask));
  if (e.clip) {
    f = _mm256_max_ps(f, _mm256_set1_ps(e.clip_low));
    f = _mm256_min_ps(f, _mm256_set1_ps(e.clip_high));
  }
  return f;
}

/// The low bytes of 8 values, in order.
inline __m128i narrow_to_bytes(__m256i values) {
  const __m256i low =
      _mm256_shuffle_epi8(values, _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,  //
                                                   0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
}

inline __m128i requantize(const GemmI8Epilogue& e, __m256 f) {
  __m256 v = _mm256_mul_ps(f, _mm256_set1_ps(e.inverse_scale));
  v = _mm256_max_ps(v, _mm256_set1_ps(e.low));
  v = _mm256_min_ps(v, _mm256_set1_ps(e.high));
  const __m256 rounded = _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return narrow_to_bytes(_mm256_add_epi32(_mm256_cvtps_epi32(rounded), _mm256_set1_epi32(e.zero_point)));
}

/// Finishes one vector of sums. `s` and `e` are the caller's own copies: stores to C cannot change them, so that
/// nothing is read again after each store.
inline void store_columns(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, const Columns256& at, __m256i acc) {
  const size_t offset = r * s.c_stride + at.j;
  acc = add_corrections(e, r, at, acc);
  if (s.output == OutputType::kInt32) {
    _mm256_maskstore_epi32(static_cast<int32_t*>(s.c) + offset, at.mask, acc);
    return;
  }
  const __m256 f = scale_and_clip(e, r, at, acc);
  if (s.output == OutputType::kFloat32) {
    _mm256_maskstore_ps(static_cast<float*>(s.c) + offset, at.mask, f);
    return;
  }
  const int64_t q = _mm_cvtsi128_si64(requantize(e, f));
  std::memcpy(static_cast<uint8_t*>(s.c) + offset, &q, at.count);
}

/// Finishes R rows of 8 columns.
template <int R>
OCTAVO_INLINE void store_rows(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const __m256i (&acc)[R]) {
  if (is_plain_int32(s, e) && j + 8 <= s.n) {
    // Without a decision for each vector: with few values of k those would show.
    int32_t* c = static_cast<int32_t*>(s.c) + j;
    const __m256i terms = column_terms(e, j);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + r * s.c_stride), _mm256_add_epi32(acc[r], terms));
    });
    return;
  }
  const Columns256 at = columns_from(j, s.n);
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { store_columns(s, e, r, at, acc[r]); });
}

}  // namespace
}  // namespace octavo
