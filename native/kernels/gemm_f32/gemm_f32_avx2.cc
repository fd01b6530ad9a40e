// float32 GEMM for AVX2 and FMA: 6 x 16 tile.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_f32/gemm_f32.h"

namespace octavo {
namespace {

constexpr size_t kMr = 6, kNr = 16;

inline __m256i mask_from(size_t j, size_t n) {
  const int left = j < n ? static_cast<int>(n - j < 8 ? n - j : 8) : 0;
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(left), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

template <int R>
OCTAVO_INLINE void tile(const GemmF32Strip& s, size_t j) {
  __m256 acc[R][2];
  float* const c = s.c + j;
  const auto mask = [&](size_t h) OCTAVO_INLINE_LAMBDA { return mask_from(j + 8 * h, s.n); };
  unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA {
    acc[r][h] = s.first ? _mm256_setzero_ps() : _mm256_maskload_ps(c + r * s.c_stride + h * 8, mask(h));
  });
  const float* b = s.b + j / kNr * s.panel_stride;
  const float* a[2] = {s.a, s.a + 3 * s.a_stride};
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a[0], ++a[1]) {
    const __m256 b0 = _mm256_load_ps(b), b1 = _mm256_load_ps(b + 8);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m256 row = _mm256_broadcast_ss(a[r / 3] + r % 3 * s.a_stride);
      acc[r][0] = _mm256_fmadd_ps(row, b0, acc[r][0]);
      acc[r][1] = _mm256_fmadd_ps(row, b1, acc[r][1]);
    });
  }
  const bool biased = s.last && s.bias, clipped = s.last && s.clip;
  unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA {
    __m256 value = acc[r][h];
    if (biased) value = _mm256_add_ps(value, _mm256_maskload_ps(s.bias + j + h * 8, mask(h)));
    if (clipped) value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(s.clip_low)), _mm256_set1_ps(s.clip_high));
    _mm256_maskstore_ps(c + r * s.c_stride + h * 8, mask(h), value);
  });
}

template <int R>
void strip(const GemmF32Strip& s) {
  for (size_t j = 0; j < s.n; j += kNr) tile<R>(s, j);
}

void gemm_f32_avx2(const GemmF32Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF32Strip&) = {strip<1>, strip<2>, strip<3>,
                                                                strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF32Kernel kGemmF32Avx2 = {kMr, kNr, gemm_f32_avx2};

}  // namespace octavo
