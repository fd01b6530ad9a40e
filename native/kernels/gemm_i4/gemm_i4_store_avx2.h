// The int4 GEMM's groups and epilogue on 8 columns at a time, in a tile's values in memory.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i8/gemm_i8_passes_avx2.h"

namespace octavo {
namespace {

/// Stores 8 columns of a tile, whose rows lie 8 apart in `values`.
[[gnu::noinline]] void store_columns(const GemmI4Strip& s, size_t j, float* values) {
  const GemmI8Epilogue& e = *s.epilogue;
  const Columns256 at = columns_from(j, s.n);
  const __m256 bias = e.bias ? _mm256_maskload_ps(e.bias + at.j, at.mask) : _mm256_set1_ps(-0.0f);
  for (size_t r = 0; r < s.rows; ++r) {
    const __m256 f = _mm256_mul_ps(_mm256_load_ps(values + r * 8), row_scale(e, r));
    _mm256_store_ps(values + r * 8, _mm256_add_ps(f, bias));
  }
  add_residual_and_activate(s, e, at, values);
  for (size_t r = 0; r < s.rows; ++r) store_values(s, e, r, at, _mm256_load_ps(values + r * 8));
}

inline __m256i broadcast_a(const int8_t* a) {
  int32_t word;
  std::memcpy(&word, a, sizeof word);
  return _mm256_set1_epi32(word);
}

/// What a group's sums of columns j .. j + 7 start from: each row's term, times the zero points where there are some.
template <int R>
OCTAVO_INLINE void start_group(const GemmI4Strip& s, size_t j, size_t g, __m256i (&acc)[R]) {
  const int32_t* terms = s.group_terms + g * s.term_stride;
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r] = _mm256_set1_epi32(terms[r]); });
  if (s.zero_points == nullptr) return;
  const uint8_t* zeros = s.zero_points + (j / kInt4Columns * s.groups + g) * kInt4Columns + j % kInt4Columns;
  const __m256i zero = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(zeros)));
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r] = _mm256_mullo_epi32(acc[r], zero); });
}

/// values[r] += a group's sums, scaled.
template <int R>
OCTAVO_INLINE void add_group(const uint8_t* scales, const __m256i (&acc)[R], float* values) {
  const __m256 scale = _mm256_load_ps(reinterpret_cast<const float*>(scales));
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    const __m256 f = _mm256_load_ps(values + r * 8);
    _mm256_store_ps(values + r * 8, _mm256_fmadd_ps(_mm256_cvtepi32_ps(acc[r]), scale, f));
  });
}

/// The nibbles of 32 bytes.
struct Nibbles256 {
  __m256i low, high;
};

OCTAVO_INLINE Nibbles256 load_nibbles(const uint8_t* b) {
  const __m256i both = _mm256_load_si256(reinterpret_cast<const __m256i*>(b)), mask = _mm256_set1_epi8(15);
  return {_mm256_and_si256(both, mask), _mm256_and_si256(_mm256_srli_epi16(both, 4), mask)};
}

}  // namespace
}  // namespace octavo
