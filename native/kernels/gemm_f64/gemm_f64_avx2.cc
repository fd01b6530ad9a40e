// Products in double with AVX2: 4 x 8 tile. fma would round once where the definition rounds twice.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_f64/gemm_f64.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 8;

inline __m256i mask_from(size_t j, size_t n) {
  const long long left = j < n ? static_cast<long long>(n - j < 4 ? n - j : 4) : 0;
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(left), _mm256_setr_epi64x(0, 1, 2, 3));
}

template <int R>
OCTAVO_INLINE void tile(const GemmF64Strip& s, size_t j) {
  __m256d acc[R][2];
  double* const c = s.c + j;
  const auto mask = [&](size_t h) OCTAVO_INLINE_LAMBDA { return mask_from(j + 4 * h, s.n); };
  unroll_tile<R, 2>([&](auto r, auto h)
                        OCTAVO_INLINE_LAMBDA { acc[r][h] = _mm256_maskload_pd(c + r * s.c_stride + h * 4, mask(h)); });
  const double *a = s.a, *b = s.b + j / kNr * s.panel_stride;
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a) {
    const __m256d b0 = _mm256_load_pd(b), b1 = _mm256_load_pd(b + 4);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m256d row = _mm256_broadcast_sd(a + r * s.a_stride);
      acc[r][0] = _mm256_sub_pd(acc[r][0], _mm256_mul_pd(row, b0));
      acc[r][1] = _mm256_sub_pd(acc[r][1], _mm256_mul_pd(row, b1));
    });
  }
  unroll_tile<R, 2>([&](auto r, auto h)
                        OCTAVO_INLINE_LAMBDA { _mm256_maskstore_pd(c + r * s.c_stride + h * 4, mask(h), acc[r][h]); });
}

template <int R>
void strip(const GemmF64Strip& s) {
  for (size_t j = 0; j < s.n; j += kNr) tile<R>(s, j);
}

void gemm_f64_avx2(const GemmF64Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF64Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF64Kernel kGemmF64Avx2 = {kMr, kNr, gemm_f64_avx2};

}  // namespace octavo
