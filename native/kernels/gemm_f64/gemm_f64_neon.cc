// Products in double for ARMv8-A: 4 x 4 tile. fma would round once where the definition rounds twice.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_f64/gemm_f64.h"

namespace octavo {
namespace {

constexpr size_t kMr = 4, kNr = 4;

/// Up to 4 columns of one row between memory and two vectors, without touching what lies beyond `count`.
inline void load_row(const double* c, size_t count, float64x2_t out[2]) {
  double values[kNr] = {};
  if (count < kNr) {
    for (size_t i = 0; i < count; ++i) values[i] = c[i];
    c = values;
  }
  out[0] = vld1q_f64(c);
  out[1] = vld1q_f64(c + 2);
}

inline void store_row(double* c, size_t count, const float64x2_t in[2]) {
  double values[kNr];
  double* to = count < kNr ? values : c;
  vst1q_f64(to, in[0]);
  vst1q_f64(to + 2, in[1]);
  if (count < kNr)
    for (size_t i = 0; i < count; ++i) c[i] = values[i];
}

template <int R>
OCTAVO_INLINE void tile(const GemmF64Strip& s, size_t j) {
  float64x2_t acc[R][2];
  const size_t count = s.n - j < kNr ? s.n - j : kNr;
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { load_row(s.c + r * s.c_stride + j, count, acc[r]); });
  const double *a = s.a, *b = s.b + j / kNr * s.panel_stride;
  for (size_t steps = s.k; steps > 0; --steps, b += kNr, ++a) {
    const float64x2_t b0 = vld1q_f64(b), b1 = vld1q_f64(b + 2);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const float64x2_t row = vdupq_n_f64(a[r * s.a_stride]);
      acc[r][0] = vsubq_f64(acc[r][0], vmulq_f64(row, b0));
      acc[r][1] = vsubq_f64(acc[r][1], vmulq_f64(row, b1));
    });
  }
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { store_row(s.c + r * s.c_stride + j, count, acc[r]); });
}

template <int R>
void strip(const GemmF64Strip& s) {
  for (size_t j = 0; j < s.n; j += kNr) tile<R>(s, j);
}

void gemm_f64_neon(const GemmF64Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmF64Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmF64Kernel kGemmF64Neon = {kMr, kNr, gemm_f64_neon};

}  // namespace octavo
