// int4 GEMM for ARMv8.2-A with dot product: up to 8 x 8, SDOT by lane: 16 bytes of 4 columns are two of its operands,
// the low nibbles and the high ones, and 8 values of a row two of its lanes.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_strips_neon.h"

namespace octavo {
namespace {

/// sum += what each group of 4 columns' values gives with group `kQ` of 4 in `row`. GCC copies sums between registers
/// unless the instruction keeps them in place.
template <int kQ>
OCTAVO_INLINE int32x4_t dot_lane(int32x4_t sum, int8x16_t columns, int8x16_t row) {
#if defined(__GNUC__) && !defined(__clang__)
  asm("sdot %0.4s, %1.16b, %2.4b[%3]" : "+w"(sum) : "w"(columns), "w"(row), "i"(kQ));
  return sum;
#else
  return vdotq_laneq_s32(sum, columns, row, kQ);
#endif
}

/// R rows, C vectors of 4 columns.
template <int R, int C>
struct Tile {
  const int8_t* a[R];
  const uint8_t* b;
  int32x4_t acc[R][C];

  OCTAVO_INLINE void start(const GemmI4Strip& s, const uint8_t* columns) {
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { a[r] = static_cast<const int8_t*>(s.a) + r * s.a_stride_bytes; });
    b = columns;
  }

  OCTAVO_INLINE void clear() {
    unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { acc[r][c] = vdupq_n_s32(0); });
  }

  /// kSteps steps, 1 or 2: `row` holds their values of each row.
  template <int kSteps>
  OCTAVO_INLINE void add(const int8x16_t (&row)[R]) {
    unroll_tile<kSteps, C>([&](auto i, auto c) OCTAVO_INLINE_LAMBDA {
      constexpr int kLow = 2 * decltype(i)::value, kHigh = kLow + 1;
      const Nibbles128 columns = load_nibbles(b + i * kInt4StepBytes + c * 16);
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r][c] = dot_lane<kLow>(acc[r][c], columns.low, row[r]); });
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[r][c] = dot_lane<kHigh>(acc[r][c], columns.high, row[r]); });
    });
    b += kSteps * kInt4StepBytes;
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { a[r] += kSteps * kInt4Depth; });
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    int8x16_t row[R];
    for (; steps >= 2; steps -= 2) {
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_s8(a[r]); });
      add<2>(row);
    }
    if (steps == 0) return;
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vcombine_s8(vld1_s8(a[r]), vdup_n_s8(0)); });
    add<1>(row);
  }

  OCTAVO_INLINE void take_sums(int32x4_t (&sums)[R][C]) const {
    unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { sums[r][c] = acc[r][c]; });
  }
};

}  // namespace

const GemmI4Kernel kGemmI4Neondot = {kStripRows, run_strip<Tile>};

}  // namespace octavo
