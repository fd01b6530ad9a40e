// The int8 GEMM's epilogue on 16 columns at a time; the order of operations is that of the scalar definition.
#pragma once

#include <immintrin.h>

#include "core/float_bits.h"
#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {
namespace {

/// Columns j .. j + 15 of a strip, `mask` naming those below n.
struct Columns512 {
  size_t j;
  __mmask16 mask;
};

inline Columns512 columns_from(size_t j, size_t n) {
  const size_t left = n - j;
  return {j, left >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << left) - 1)};
}

inline __m512i load_columns(const int32_t* values, Columns512 at) {
  return _mm512_maskz_loadu_epi32(at.mask, values + at.j);
}

/// The column terms of 16 columns from j on, and 0 beyond n.
inline __m512i column_terms(const GemmI8Epilogue& e, size_t j, size_t n) {
  return j + 16 <= n ? _mm512_loadu_si512(e.column_term + j) : load_columns(e.column_term, columns_from(j, n));
}

template <int R, int P>
OCTAVO_INLINE void add_terms(const GemmI8Epilogue& e, size_t j, size_t n, __m512i (&acc)[R][P]) {
  if (e.column_term == nullptr) return;
  unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
    const __m512i terms = column_terms(e, j + p * 16, n);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r][p] = _mm512_add_epi32(acc[r][p], terms); });
  });
}

/// What the rows of a tile share, of 16 columns below n. Adding -0 changes nothing: it stands for an absent bias.
struct ColumnValues512 {
  __m512 scale, bias;
};

inline ColumnValues512 column_values(const GemmI8Epilogue& e, size_t j) {
  return {_mm512_loadu_ps(e.column_scale + j), e.bias ? _mm512_loadu_ps(e.bias + j) : _mm512_set1_ps(-0.0f)};
}

inline __m512 row_scale(const GemmI8Epilogue& e, size_t r) { return _mm512_set1_ps(e.row_scale[r * e.row_scale_step]); }

inline __m512 scale_sums(const GemmI8Epilogue& e, size_t r, const ColumnValues512& at, __m512i acc) {
  const __m512 f = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), row_scale(e, r));
  return _mm512_add_ps(_mm512_mul_ps(f, at.scale), at.bias);
}

/// The nearest float16, in the low 16 bits of each lane of a half; every NaN becomes the same.
inline __m256i to_float16(__m512 f) {
  const __m256i nearest = _mm512_cvtps_ph(f, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __mmask16 nan = _mm512_cmp_ps_mask(f, f, _CMP_UNORD_Q);
  return _mm256_mask_mov_epi16(nearest, nan, _mm256_set1_epi16(kFloat16NaN));
}

inline __m128i to_bytes(const GemmI8Epilogue& e, __m512 f) {
  __m512 v = _mm512_mul_ps(f, _mm512_set1_ps(e.inverse_scale));
  v = _mm512_max_ps(v, _mm512_set1_ps(e.low));
  v = _mm512_min_ps(v, _mm512_set1_ps(e.high));
  const __m512i rounded = _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_cvtepi32_epi8(_mm512_add_epi32(rounded, _mm512_set1_epi32(e.zero_point)));
}

}  // namespace
}  // namespace octavo
