// float32 GEMM for AVX-512: 14 x 32 tile, the row values come as broadcast memory operands.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace octavo {
namespace {

constexpr size_t kMr = 14, kNr = 16;

inline __mmask16 mask_from(size_t j, size_t n) {
  const size_t left = j < n ? n - j : 0;
  return left >= 16 ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1u << left) - 1);
}

/// R rows x P panels of 16 columns from column j on.
template <int R, int P>
OCTAVO_INLINE void tile(const GemmF32Strip& s, size_t j) {
  __m512 acc[R][P], column[P];
  float* const c = s.c + j;
  const auto mask = [&](size_t p) OCTAVO_INLINE_LAMBDA { return mask_from(j + p * kNr, s.n); };
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    acc[r][p] = s.first ? _mm512_setzero_ps() : _mm512_maskz_loadu_ps(mask(p), c + r * s.c_stride + p * kNr);
  });
  const float* b = s.b + j / kNr * s.panel_stride;
  const float* a[3] = {s.a, s.a + 5 * s.a_stride, s.a + 10 * s.a_stride};
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a[0], ++a[1], ++a[2]) {
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { column[p] = _mm512_load_ps(b + p * s.panel_stride); });
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m512 row = _mm512_set1_ps(a[r / 5][r % 5 * s.a_stride]);
      unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { acc[r][p] = _mm512_fmadd_ps(row, column[p], acc[r][p]); });
    });
  }
  const bool biased = s.last && s.bias, clipped = s.last && s.clip;
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    __m512 value = acc[r][p];
    if (biased) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask(p), s.bias + j + p * kNr));
    if (clipped) value = _mm512_min_ps(_mm512_max_ps(value, _mm512_set1_ps(s.clip_low)), _mm512_set1_ps(s.clip_high));
    _mm512_mask_storeu_ps(c + r * s.c_stride + p * kNr, mask(p), value);
  });
}

/// Few rows take more panels at once: enough independent chains to hide the latency of fma.
template <int R>
void strip(const GemmF32Strip& s) {
  constexpr int kWide = R == 1 ? 8 : R <= 3 ? 4 : 2;
  size_t j = 0;
  for (; j + (kWide - 1) * kNr < s.n; j += kWide * kNr) tile<R, kWide>(s, j);
  for (; j + kNr < s.n; j += 2 * kNr) tile<R, 2>(s, j);
  if (j < s.n) tile<R, 1>(s, j);
}

void gemm_f32_avx512vnni(const GemmF32Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF32Strip&) = {strip<1>,  strip<2>,  strip<3>,  strip<4>, strip<5>,
                                                                strip<6>,  strip<7>,  strip<8>,  strip<9>, strip<10>,
                                                                strip<11>, strip<12>, strip<13>, strip<14>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF32Kernel kGemmF32Avx512vnni = {kMr, kNr, gemm_f32_avx512vnni};

}  // namespace octavo
