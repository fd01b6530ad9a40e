// Products in double with AVX-512: 8 x 16 tile. fma would round once where the definition rounds twice.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_f64/gemm_f64.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 8;

inline __mmask8 mask_from(size_t j, size_t n) {
  const size_t left = j < n ? n - j : 0;
  return left >= 8 ? static_cast<__mmask8>(0xFF) : static_cast<__mmask8>((1u << left) - 1);
}

/// R rows x P panels of 8 columns from column j on.
template <int R, int P>
OCTAVO_INLINE void tile(const GemmF64Strip& s, size_t j) {
  __m512d acc[R][P], column[P];
  double* const c = s.c + j;
  const auto mask = [&](size_t p) OCTAVO_INLINE_LAMBDA { return mask_from(j + p * kNr, s.n); };
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    acc[r][p] = _mm512_maskz_loadu_pd(mask(p), c + r * s.c_stride + p * kNr);
  });
  const double *a = s.a, *b = s.b + j / kNr * s.panel_stride;
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a) {
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { column[p] = _mm512_load_pd(b + p * s.panel_stride); });
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m512d row = _mm512_set1_pd(a[r * s.a_stride]);
      unroll<P>([&](auto p)
                    OCTAVO_INLINE_LAMBDA { acc[r][p] = _mm512_sub_pd(acc[r][p], _mm512_mul_pd(row, column[p])); });
    });
  }
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA {
    _mm512_mask_storeu_pd(c + r * s.c_stride + p * kNr, mask(p), acc[r][p]);
  });
}

template <int R>
void strip(const GemmF64Strip& s) {
  size_t j = 0;
  for (; j + kNr < s.n; j += 2 * kNr) tile<R, 2>(s, j);
  if (j < s.n) tile<R, 1>(s, j);
}

void gemm_f64_avx512vnni(const GemmF64Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF64Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>,
                                                                strip<5>, strip<6>, strip<7>, strip<8>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF64Kernel kGemmF64Avx512vnni = {kMr, kNr, gemm_f64_avx512vnni};

}  // namespace octavo
