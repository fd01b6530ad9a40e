// int4 GEMM for ARMv8.6-A: up to 8 x 8, SMMLA, each a product of 2 rows and 2 columns over 8 of k. Zipping the low
// nibbles of 4 columns with the high ones puts the 8 values of each column side by side. One row alone is half of an
// SMMLA and takes it so all the same: what bounds it is memory.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_strips_neon.h"

namespace octavo {
namespace {

/// sum += rows times columns. GCC copies sums between registers unless the instruction keeps them in place.
OCTAVO_INLINE int32x4_t multiply_pairs(int32x4_t sum, int8x16_t rows, int8x16_t columns) {
#if defined(__GNUC__) && !defined(__clang__)
  asm("smmla %0.4s, %1.16b, %2.16b" : "+w"(sum) : "w"(rows), "w"(columns));
  return sum;
#else
  return vmmlaq_s32(sum, rows, columns);
#endif
}

OCTAVO_INLINE int8x16_t zip_low(Nibbles128 n) {
  return vreinterpretq_s8_s32(vzip1q_s32(vreinterpretq_s32_s8(n.low), vreinterpretq_s32_s8(n.high)));
}
OCTAVO_INLINE int8x16_t zip_high(Nibbles128 n) {
  return vreinterpretq_s8_s32(vzip2q_s32(vreinterpretq_s32_s8(n.low), vreinterpretq_s32_s8(n.high)));
}

/// R rows, the last one twice where they are odd, and C vectors of 4 columns.
template <int R, int C>
struct Tile {
  static constexpr int kPairs = (R + 1) / 2;

  const int8_t* a[2 * kPairs];
  const uint8_t* b;
  int32x4_t acc[kPairs][2 * C];

  OCTAVO_INLINE void start(const GemmI4Strip& s, const uint8_t* columns) {
    unroll<2 * kPairs>([&](auto r) OCTAVO_INLINE_LAMBDA {
      a[r] = static_cast<const int8_t*>(s.a) + (r < R ? r : R - 1) * s.a_stride_bytes;
    });
    b = columns;
  }

  OCTAVO_INLINE void clear() {
    unroll_tile<kPairs, 2 * C>([&](auto p, auto c) OCTAVO_INLINE_LAMBDA { acc[p][c] = vdupq_n_s32(0); });
  }

  OCTAVO_INLINE void add_step() {
    int8x16_t rows[kPairs];
    unroll<kPairs>([&](auto p) OCTAVO_INLINE_LAMBDA {
      rows[p] = vcombine_s8(vld1_s8(a[2 * p]), vld1_s8(a[2 * p + 1]));
      a[2 * p] += kInt4Depth, a[2 * p + 1] += kInt4Depth;
    });
    unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA {
      const Nibbles128 nibbles = load_nibbles(b + c * 16);
      const int8x16_t first = zip_low(nibbles), second = zip_high(nibbles);
      unroll<kPairs>([&](auto p) OCTAVO_INLINE_LAMBDA {
        acc[p][2 * c] = multiply_pairs(acc[p][2 * c], rows[p], first);
        acc[p][2 * c + 1] = multiply_pairs(acc[p][2 * c + 1], rows[p], second);
      });
    });
    b += kInt4StepBytes;
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps > 0; --steps) add_step();
  }

  OCTAVO_INLINE void take_sums(int32x4_t (&sums)[R][C]) const {
    unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA {
      const int64x2_t left = vreinterpretq_s64_s32(acc[r / 2][2 * c]);
      const int64x2_t right = vreinterpretq_s64_s32(acc[r / 2][2 * c + 1]);
      sums[r][c] = vreinterpretq_s32_s64(r % 2 == 0 ? vzip1q_s64(left, right) : vzip2q_s64(left, right));
    });
  }
};

}  // namespace

const GemmI4Kernel kGemmI4Neoni8mm = {kStripRows, run_strip<Tile>};

}  // namespace octavo
