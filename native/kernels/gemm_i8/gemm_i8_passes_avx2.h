// The int8 GEMM's epilogue for every case that has no store of its own: passes over a tile's sums in memory, 8 columns
// at a time, one copy of the code for all tiles and no decision for each vector.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "kernels/activation/activation_avx2.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMaxRows = 8;  // of a tile; its rows lie 8 apart

inline __m256i load_sums(const int32_t* sums) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(sums)); }
inline void keep_sums(int32_t* sums, __m256i values) { _mm256_store_si256(reinterpret_cast<__m256i*>(sums), values); }

inline void add_products(const int32_t* rows, __m256i columns, size_t count, int32_t* sums) {
  for (size_t r = 0; r < count; ++r, sums += 8)
    keep_sums(sums, _mm256_add_epi32(load_sums(sums), _mm256_mullo_epi32(_mm256_set1_epi32(rows[r]), columns)));
}

inline void correct_sums(const GemmI8Strip& s, const GemmI8Epilogue& e, const Columns256& at, int32_t* sums) {
  if (e.row_factor) add_products(e.row_factor, load_columns(e.column_sum, at), s.rows, sums);
  if (e.column_factor) add_products(e.row_sum, load_columns(e.column_factor, at), s.rows, sums);
}

inline __m256i masked_terms(const GemmI8Epilogue& e, const Columns256& at) {
  return e.column_term ? load_columns(e.column_term, at) : _mm256_setzero_si256();
}

/// Scaled values with the residual, through the activation.
inline void add_residual_and_activate(const GemmI8Strip& s, const GemmI8Epilogue& e, const Columns256& at,
                                      float* values) {
  for (size_t r = 0; e.residual != nullptr && r < s.rows; ++r) {
    const __m256 residual = _mm256_maskload_ps(e.residual + r * e.residual_stride + at.j, at.mask);
    _mm256_store_ps(values + r * 8, _mm256_add_ps(_mm256_load_ps(values + r * 8), residual));
  }
  activate_vectors(e.activation, values, s.rows);
}

/// Sums as float32: scaled, with bias and residual, through the activation.
inline void scale_and_activate(const GemmI8Strip& s, const GemmI8Epilogue& e, const Columns256& at, const int32_t* sums,
                               float* values) {
  const ColumnValues256 columns = {masked_terms(e, at), _mm256_maskload_ps(e.column_scale + at.j, at.mask),
                                   e.bias ? _mm256_maskload_ps(e.bias + at.j, at.mask) : _mm256_set1_ps(-0.0f)};
  for (size_t r = 0; r < s.rows; ++r)
    _mm256_store_ps(values + r * 8, scale_sums(e, r, columns, load_sums(sums + r * 8)));
  add_residual_and_activate(s, e, at, values);
}

/// One vector of finished values, those of columns below n.
inline void store_values(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, const Columns256& at, __m256 f) {
  const size_t offset = r * s.c_stride + at.j, bytes = element_bytes(s.output);
  if (s.output == OutputType::kFloat32) return _mm256_maskstore_ps(static_cast<float*>(s.c) + offset, at.mask, f);
  uint8_t* const c = static_cast<uint8_t*>(s.c) + offset * bytes;
  const __m128i values = bytes == 2 ? to_float16(f) : to_bytes(e, f);
  if (at.count == 8 && bytes == 2) return _mm_storeu_si128(reinterpret_cast<__m128i*>(c), values);
  if (at.count == 8) return _mm_storel_epi64(reinterpret_cast<__m128i*>(c), values);
  alignas(16) uint8_t rest[16];
  _mm_store_si128(reinterpret_cast<__m128i*>(rest), values);
  std::memcpy(c, rest, at.count * bytes);
}

/// Any epilogue on 8 columns of a tile.
[[maybe_unused]] void store_in_passes(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, int32_t* sums) {
  const Columns256 at = columns_from(j, s.n);
  correct_sums(s, e, at, sums);
  if (s.output == OutputType::kInt32) {
    int32_t* const c = static_cast<int32_t*>(s.c) + j;
    const __m256i terms = masked_terms(e, at);
    for (size_t r = 0; r < s.rows; ++r)
      _mm256_maskstore_epi32(c + r * s.c_stride, at.mask, _mm256_add_epi32(load_sums(sums + r * 8), terms));
    return;
  }
  alignas(32) float values[kMaxRows * 8];
  scale_and_activate(s, e, at, sums, values);
  for (size_t r = 0; r < s.rows; ++r) store_values(s, e, r, at, _mm256_load_ps(values + r * 8));
}

}  // namespace
}  // namespace octavo
