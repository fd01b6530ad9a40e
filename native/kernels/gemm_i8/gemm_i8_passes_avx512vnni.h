// The int8 GEMM's epilogue for every case that has no store of its own: passes over a tile's sums in memory, one panel
// at a time, one copy of the code for all tiles and no decision for each vector.
#pragma once

#include <immintrin.h>

#include "kernels/activation/activation_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kMaxRows = 32;  // of a tile; its rows lie 16 apart

inline void add_products(const int32_t* rows, __m512i columns, size_t count, int32_t* sums) {
  for (size_t r = 0; r < count; ++r, sums += 16)
    _mm512_store_si512(
        sums, _mm512_add_epi32(_mm512_load_si512(sums), _mm512_mullo_epi32(_mm512_set1_epi32(rows[r]), columns)));
}

inline void correct_sums(const GemmI8Strip& s, const GemmI8Epilogue& e, Columns512 at, int32_t* sums) {
  if (e.row_factor) add_products(e.row_factor, load_columns(e.column_sum, at), s.rows, sums);
  if (e.column_factor) add_products(e.row_sum, load_columns(e.column_factor, at), s.rows, sums);
}

/// Scaled values with the residual, through the activation.
inline void add_residual_and_activate(const GemmI8Strip& s, const GemmI8Epilogue& e, Columns512 at, float* values) {
  for (size_t r = 0; e.residual != nullptr && r < s.rows; ++r) {
    const __m512 residual = _mm512_maskz_loadu_ps(at.mask, e.residual + r * e.residual_stride + at.j);
    _mm512_store_ps(values + r * 16, _mm512_add_ps(_mm512_load_ps(values + r * 16), residual));
  }
  activate_vectors(e.activation, values, s.rows);
}

/// Sums as float32 in their place: scaled, with bias and residual, through the activation.
inline void scale_and_activate(const GemmI8Strip& s, const GemmI8Epilogue& e, Columns512 at, const int32_t* sums,
                               float* values) {
  const ColumnValues512 columns = {_mm512_maskz_loadu_ps(at.mask, e.column_scale + at.j),
                                   e.bias ? _mm512_maskz_loadu_ps(at.mask, e.bias + at.j) : _mm512_set1_ps(-0.0f)};
  for (size_t r = 0; r < s.rows; ++r)
    _mm512_store_ps(values + r * 16, scale_sums(e, r, columns, _mm512_load_si512(sums + r * 16)));
  add_residual_and_activate(s, e, at, values);
}

/// One vector of finished values, those of columns below n.
inline void store_values(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t r, Columns512 at, __m512 f) {
  const size_t offset = r * s.c_stride + at.j;
  if (s.output == OutputType::kFloat32) return _mm512_mask_storeu_ps(static_cast<float*>(s.c) + offset, at.mask, f);
  // Masked stores of words and bytes are slow where masked stores of dwords are not.
  if (s.output == OutputType::kFloat16) {
    uint16_t* const c = static_cast<uint16_t*>(s.c) + offset;
    const __m256i values = to_float16(f);
    return at.mask == 0xFFFF ? _mm256_storeu_si256(reinterpret_cast<__m256i*>(c), values)
                             : _mm256_mask_storeu_epi16(c, at.mask, values);
  }
  uint8_t* const c = static_cast<uint8_t*>(s.c) + offset;
  const __m128i values = to_bytes(e, f);
  at.mask == 0xFFFF ? _mm_storeu_si128(reinterpret_cast<__m128i*>(c), values)
                    : _mm_mask_storeu_epi8(c, at.mask, values);
}

/// Any epilogue on one panel of a tile, whose sums have their column terms.
[[maybe_unused]] void store_in_passes(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, int32_t* sums) {
  const Columns512 at = columns_from(j, s.n);
  correct_sums(s, e, at, sums);
  if (s.output == OutputType::kInt32) {
    int32_t* const c = static_cast<int32_t*>(s.c) + j;
    for (size_t r = 0; r < s.rows; ++r)
      _mm512_mask_storeu_epi32(c + r * s.c_stride, at.mask, _mm512_load_si512(sums + r * 16));
    return;
  }
  alignas(64) float values[kMaxRows * 16];
  scale_and_activate(s, e, at, sums, values);
  for (size_t r = 0; r < s.rows; ++r) store_values(s, e, r, at, _mm512_load_ps(values + r * 16));
}

}  // namespace
}  // namespace octavo
