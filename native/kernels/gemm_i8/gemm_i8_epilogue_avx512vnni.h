// The int8 GEMM's epilogue on 16 columns at a time; the order of operations is that of the scalar definition.
#pragma once

#include <immintrin.h>

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

inline __m512i add_corrections(const GemmI8Epilogue& e, size_t r, Columns512 at, __m512i acc) {
  if (e.column_term) acc = _mm512_add_epi32(acc, load_columns(e.column_term, at));
  if (e.row_factor)
    acc = _mm512_add_epi32(acc, _mm512_mullo_epi32(_mm512_set1_epi32(e.row_factor[r]), load_columns(e.column_sum, at)));
  if (e.column_factor)
    acc = _mm512_add_epi32(acc, _mm512_mullo_epi32(_mm512_set1_epi32(e.row_sum[r]), load_columns(e.column_factor, at)));
  return acc;
}

/// True if int32 output needs nothing but a term of each column.
inline bool is_plain_int32(const GemmI8Strip& s, const GemmI8Epilogue& e) {
  return s.output == OutputType::kInt32 && e.row_factor == nullptr && e.column_factor == nullptr;
}

/// The terms of 16 columns below n, zeros where there are none.
inline __m512i column_terms(const GemmI8Epilogue& e, size_t j) {
  return e.column_term ? _mm512_loadu_si512(e.column_term + j) : _mm512_setzero_si512();
}

inline __m512 scale_and_clip(const GemmI8Epilogue& e, size_t r, Columns512 at, __m512i acc) {
  __m512 f = _mm512_cvtepi32_ps(acc);
  f = _mm512_mul_ps(f, _mm512_set1_ps(e.row_scale[r * e.row_scale_step]));
  f = _mm512_mul_ps(f, _mm512_maskz_loadu_ps(at.mask, e.column_scale + at.j));
  if (e.bias) f = _mm512_add_ps(f, _mm512_maskz_loadu_ps(at.mask, e.bias + at.j));
  if (e.clip) {
    f = _mm512_max_ps(f, _mm512_set1_ps(e.clip_low));
    f = _mm512_min_ps(f, _mm512_set1_ps(e.clip_high));
  }
  return f;
}

inline __m512i requantize(const GemmI8Epilogue& e, __m512 f) {
  __m512 v = _mm512_mul_ps(f, _mm512_set1_ps(e.inverse_scale));
  v = _mm512_max_ps(v, _mm512_set1_ps(e.low));
  v = _mm512_min_ps(v, _mm512_set1_ps(e.high));
  const __m512i rounded = _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm512_add_epi32(rounded, _mm512_set1_epi32(e.zero_point));
}

/// Finishes one vector of accumulators. `s` and `e` are the caller's own copies: stores to C cannot change them, so
/// that nothing is read again after each store.
OCTAVO_INLINE void store_columns(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, Columns512 at, __m512i acc) {
  const size_t offset = r * s.c_stride + at.j;
  acc = add_corrections(e, r, at, acc);
  if (s.output == OutputType::kInt32) {
    _mm512_mask_storeu_epi32(static_cast<int32_t*>(s.c) + offset, at.mask, acc);
    return;
  }
  const __m512 f = scale_and_clip(e, r, at, acc);
  if (s.output == OutputType::kFloat32) {
    _mm512_mask_storeu_ps(static_cast<float*>(s.c) + offset, at.mask, f);
    return;
  }
  const __m128i q = _mm512_cvtepi32_epi8(requantize(e, f));
  uint8_t* c = static_cast<uint8_t*>(s.c) + offset;
  // Masked stores of bytes are slow where masked stores of dwords are not.
  at.mask == 0xFFFF ? _mm_storeu_si128(reinterpret_cast<__m128i*>(c), q) : _mm_mask_storeu_epi8(c, at.mask, q);
}

}  // namespace
}  // namespace octavo
