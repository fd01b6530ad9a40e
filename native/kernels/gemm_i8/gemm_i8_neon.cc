// int8 GEMM for ARMv8-A without dot product: 2 x 8 tile, SMULL then SADALP, exact even for -128 * -128 pairs.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 2, kNr = 8, kKr = 16, kStep = kNr * kKr;

/// Products that are on their way while earlier ones are added up.
constexpr int kAhead = 4;

/// The sums of one block of k, by columns: each as the sums of every fourth product.
template <int R>
struct Sums {
  int32x4_t acc[R][kNr];

  /// Adds 16 products to each sum. SMULL and SADALP run on a pipeline each, and each is 4 cycles from its result to who
  /// needs it: products are multiplied kAhead before they are added. None leaves int16, as each is widened at once.
  OCTAVO_INLINE void add(const int8x16_t* row, const int8_t* b) {
    constexpr int kHalves = 2 * R, kProducts = kNr * kHalves;
    int16x8_t product[kAhead];
    int8x16_t column;
    unroll<kProducts + kAhead>([&](auto i) OCTAVO_INLINE_LAMBDA {
      if constexpr (i >= kAhead) {
        constexpr int done = i - kAhead;
        int32x4_t& sum = acc[done % R][done / kHalves];
        sum = vpadalq_s16(sum, product[done % kAhead]);
      }
      if constexpr (i < kProducts) {
        if constexpr (i % kHalves == 0) column = vld1q_s8(b + i / kHalves * kKr);
        constexpr bool high = i % kHalves >= R;
        product[i % kAhead] =
            high ? vmull_high_s8(row[i % R], column) : vmull_s8(vget_low_s8(row[i % R]), vget_low_s8(column));
      }
    });
  }
};

/// The sums of four vectors, in order.
OCTAVO_INLINE int32x4_t sum_each(const int32x4_t* acc) {
  return vpaddq_s32(vpaddq_s32(acc[0], acc[1]), vpaddq_s32(acc[2], acc[3]));
}

template <int R>
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const int8_t* b, size_t steps) {
  Sums<R> sums;
  unroll_tile<R, kNr>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { sums.acc[r][c] = vdupq_n_s32(0); });
  const int8_t* a = static_cast<const int8_t*>(s.a);
  for (; steps > 0; --steps, a += kKr, b += kStep) {
    int8x16_t row[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_s8(a + r * s.a_stride_bytes); });
    sums.add(row, b);
  }
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    store_sums(s, e, r, j, sum_each(sums.acc[r]));
    if (j + 4 < s.n) store_sums(s, e, r, j + 4, sum_each(sums.acc[r] + 4));
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
