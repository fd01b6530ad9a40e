// int8 GEMM for ARMv8-A without dot product: tiles of 2 x 8, SMULL then SADALP, exact even for -128 * -128 pairs.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_store_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 8, kKr = 16, kStep = kNr * kKr;

/// Products that are multiplied before the first of them is added: SMULL and SADALP have a pipeline each, and take 4
/// cycles to a result.
constexpr int kAhead = 4;

/// Sums of 1 or 2 rows by 8 columns, each in four parts.
template <int R>
struct Sums {
  int32x4_t acc[R][kNr];

  /// Adds 16 products to each sum. No pair of them leaves int32, and no product int16: all is widened at once.
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

/// R rows of the strip from `first` on, times one panel. Inlined with the other, GCC moves a sum to another register
/// and back in each step.
template <int R>
[[gnu::noinline]] void tile(const GemmI8Strip& s, TileStore store, size_t first, size_t j, const int8_t* b) {
  Sums<R> sums;
  unroll_tile<R, kNr>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { sums.acc[r][c] = vdupq_n_s32(0); });
  const int8_t* a = static_cast<const int8_t*>(s.a) + first * s.a_stride_bytes;
  for (size_t steps = (s.k + kKr - 1) / kKr; steps > 0; --steps, a += kKr, b += kStep) {
    int8x16_t row[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_s8(a + r * s.a_stride_bytes); });
    sums.add(row, b);
  }
  int32x4_t whole[R][2];
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    whole[r][0] = sum_each(sums.acc[r]);
    whole[r][1] = sum_each(sums.acc[r] + 4);
  });
  store_tile(s, store, first, j, whole);
}

/// All rows meet a panel while it is in the first level cache: two rows alone would fetch 4 bytes a cycle from the
/// next.
void gemm_i8_neon(const GemmI8Strip& s) {
  const size_t panel_bytes = (s.k + kKr - 1) / kKr * kStep;
  const TileStore store = choose_store(s, *s.epilogue);
  const int8_t* panel = s.b;
  for (size_t j = 0; j < s.n; j += kNr, panel += panel_bytes) {
    size_t r = 0;
    for (; r + 2 <= s.rows; r += 2) tile<2>(s, store, r, j, panel);
    if (r < s.rows) tile<1>(s, store, r, j, panel);
  }
}

}  // namespace

const GemmI8Kernel kGemmI8Neon = {kMr, kNr, kKr, AForm::kS8, 0, gemm_i8_neon};

}  // namespace octavo
