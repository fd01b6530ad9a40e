// int4 GEMM for ARMv8.2-A with dot product: up to 8 x 8, SDOT by lane: 16 bytes of 4 columns are two of its operands,
// the low nibbles and the high ones, and 8 values of a row two of its lanes.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_store_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8;

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
};

/// values += all groups of the columns from j on. A function of its own: the compiler takes no values into registers
/// that the sums need.
template <int R, int C>
[[gnu::noinline]] void add_groups(const GemmI4Strip& s, size_t j, float* values) {
  Tile<R, C> tile;
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { tile.a[r] = static_cast<const int8_t*>(s.a) + r * s.a_stride_bytes; });
  tile.b =
      reinterpret_cast<const uint8_t*>(s.b) + j / kInt4Columns * int4_panel_bytes(s.k, s.groups) + j % kInt4Columns * 4;
  GroupSteps steps(s);
  for (size_t g = 0; g < s.groups; ++g) {
    unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA { tile.acc[r][c] = vdupq_n_s32(0); });
    tile.add_steps(steps.next());
    add_group<R, C>({s, g, 0, j, tile.b}, tile.acc, values);
    tile.b += kInt4ScaleBytes;
  }
}

template <int R, int C>
void run_tile(const GemmI4Strip& s, size_t j) {
  float values[R * C * 4] = {};
  add_groups<R, C>(s, j, values);
  store_tile(s, {0, R, j, 4 * C, values});
}

/// The sums of 5 rows and more and a whole panel would be most of the registers.
template <int R>
void strip(const GemmI4Strip& s) {
  constexpr int C = R > 4 ? 2 : 4;
  for (size_t j = 0; j < s.n; j += 4 * C) run_tile<R, C>(s, j);
}

void gemm_i4_neondot(const GemmI4Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI4Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>,
                                                               strip<5>, strip<6>, strip<7>, strip<8>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI4Kernel kGemmI4Neondot = {kMr, gemm_i4_neondot};

}  // namespace octavo
