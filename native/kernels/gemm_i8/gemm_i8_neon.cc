// int8 GEMM for ARMv8-A without dot product: 2 x 8 tile, SMULL then SADALP, exact even for -128 * -128 pairs.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 2, kNr = 8, kKr = 16, kStep = kNr * kKr;

/// acc += the pairwise sums of 16 products; no intermediate leaves int16 because each is widened at once.
inline int32x4_t dot_step(int32x4_t acc, int8x16_t a, int8x16_t b) {
  acc = vpadalq_s16(acc, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
  return vpadalq_s16(acc, vmull_high_s8(a, b));
}

/// The sums of four vectors, in order.
OCTAVO_INLINE int32x4_t sum_each(const int32x4_t* acc) {
  return vpaddq_s32(vpaddq_s32(acc[0], acc[1]), vpaddq_s32(acc[2], acc[3]));
}

template <int R>
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const int8_t* b, size_t steps) {
  int32x4_t acc[R][kNr];
  unroll_tile<R, kNr>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { acc[r][c] = vdupq_n_s32(0); });
  const int8_t* a = static_cast<const int8_t*>(s.a);
  for (; steps > 0; --steps, a += kKr, b += kStep) {
    int8x16_t row[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_s8(a + r * s.a_stride_bytes); });
    unroll<kNr>([&](auto c) OCTAVO_INLINE_LAMBDA {
      const int8x16_t column = vld1q_s8(b + c * kKr);
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r][c] = dot_step(acc[r][c], row[r], column); });
    });
  }
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    store_sums(s, e, r, j, sum_each(acc[r]));
    if (j + 4 < s.n) store_sums(s, e, r, j + 4, sum_each(acc[r] + 4));
  });
}

template <int R>
void strip(const GemmI8Strip& s) {
  const GemmI8Epilogue& e = *s.epilogue;
  const size_t steps = (s.k + kKr - 1) / kKr;
  for (size_t j = 0; j < s.n; j += kNr) tile<R>(s, e, j, s.b + j / kNr * steps * kStep, steps);
}

void gemm_i8_neon(const GemmI8Strip& s) { s.rows == 1 ? strip<1>(s) : strip<2>(s); }

}  // namespace

const GemmI8Kernel kGemmI8Neon = {kMr, kNr, kKr, AForm::kS8, 0, gemm_i8_neon};

}  // namespace octavo
