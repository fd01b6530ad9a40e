// The int4 GEMM's epilogue on 16 columns at a time: passes over a tile's values in memory, one panel at a time.
#pragma once

#include <immintrin.h>

#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i8/gemm_i8_passes_avx512vnni.h"

namespace octavo {
namespace {

/// Scaled values with their bias, and nothing else.
inline void store_plain(const GemmI4Strip& s, const GemmI8Epilogue& e, size_t j, const float* values) {
  const __m512 bias = e.bias ? _mm512_loadu_ps(e.bias + j) : _mm512_set1_ps(-0.0f);
  float* c = static_cast<float*>(s.c) + j;
  for (size_t r = 0; r < s.rows; ++r, c += s.c_stride)
    _mm512_storeu_ps(c, _mm512_add_ps(_mm512_mul_ps(_mm512_load_ps(values + r * 16), row_scale(e, r)), bias));
}

/// Stores a panel of a tile, whose rows lie 16 apart in `values`.
[[gnu::noinline]] void store_panel(const GemmI4Strip& s, size_t j, float* values) {
  const GemmI8Epilogue& e = *s.epilogue;
  const bool plain = e.residual == nullptr && e.activation.kind == ActivationKind::kNone;
  if (plain && s.output == OutputType::kFloat32 && j + 16 <= s.n) return store_plain(s, e, j, values);
  const Columns512 at = columns_from(j, s.n);
  const __m512 bias = e.bias ? _mm512_maskz_loadu_ps(at.mask, e.bias + at.j) : _mm512_set1_ps(-0.0f);
  for (size_t r = 0; r < s.rows; ++r) {
    const __m512 f = _mm512_mul_ps(_mm512_load_ps(values + r * 16), row_scale(e, r));
    _mm512_store_ps(values + r * 16, _mm512_add_ps(f, bias));
  }
  add_residual_and_activate(s, e, at, values);
  for (size_t r = 0; r < s.rows; ++r) store_values(s, e, r, at, _mm512_load_ps(values + r * 16));
}

}  // namespace
}  // namespace octavo
