// int8 GEMM for ARMv8.2-A with dot product: up to 8 x 8, SDOT by lane, on the packed layout of x86.
//
// 16 bytes of each row of A and a half of 4 steps of a panel are 64 SDOT for 16 loads: what bounds the loop is the rate
// of SDOT. The sums of 8 rows and 16 columns would be all 32 registers, so that a panel is passed in two halves from 5
// rows on, and whole below that.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_store_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8, kNr = 16, kKr = 4, kStep = kNr * kKr;
constexpr int kBatch = 4;  // steps whose values of a row are one vector

/// R rows, C vectors of 4 columns, U sets of sums, which steps take in turn where one set would wait for itself.
template <int R, int C, int U>
struct Tile {
  int32x4_t acc[U][R][C];
};

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

/// A batch of whole steps, `row` holding its 16 values of each row.
template <int R, int C, int U>
OCTAVO_INLINE void add_batch(Tile<R, C, U>& tile, const int8x16_t* row, const int8_t* b) {
  unroll_tile<kBatch, C>([&](auto q, auto c) OCTAVO_INLINE_LAMBDA {
    constexpr int kQ = decltype(q)::value;
    const int8x16_t columns = vld1q_s8(b + q * kStep + c * 16);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      tile.acc[q % U][r][c] = dot_lane<kQ>(tile.acc[q % U][r][c], columns, row[r]);
    });
  });
}

/// One step, for those after the last whole batch: 4 values of each row.
template <int R, int C, int U>
OCTAVO_INLINE void add_step(Tile<R, C, U>& tile, const int8_t* const* a, size_t p, const int8_t* b) {
  int8x16_t columns[C];
  unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA { columns[c] = vld1q_s8(b + c * 16); });
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    int32_t four;
    std::memcpy(&four, a[r] + p, sizeof four);
    const int8x16_t row = vreinterpretq_s8_s32(vdupq_n_s32(four));
    unroll<C>([&](auto c) OCTAVO_INLINE_LAMBDA { tile.acc[0][r][c] = vdotq_s32(tile.acc[0][r][c], columns[c], row); });
  });
}

template <int R, int C, int U>
OCTAVO_INLINE void run_tile(const GemmI8Strip& s, TileStore store, size_t j, const int8_t* b) {
  Tile<R, C, U> tile;
  const int8_t* a[R];
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
    a[r] = static_cast<const int8_t*>(s.a) + r * s.a_stride_bytes;
    unroll_tile<U, C>([&](auto u, auto c) OCTAVO_INLINE_LAMBDA { tile.acc[u][r][c] = vdupq_n_s32(0); });
  });
  size_t p = 0;
  for (; p + kBatch * kKr <= s.k; p += kBatch * kKr, b += kBatch * kStep) {
    int8x16_t row[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { row[r] = vld1q_s8(a[r] + p); });
    add_batch(tile, row, b);
  }
  for (; p < s.k; p += kKr, b += kStep) add_step(tile, a, p, b);
  unroll_tile<R, C>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA {
    unroll<U - 1>(
        [&](auto u) OCTAVO_INLINE_LAMBDA { tile.acc[0][r][c] = vaddq_s32(tile.acc[0][r][c], tile.acc[u + 1][r][c]); });
  });
  store_tile(s, store, 0, j, tile.acc[0]);
}

template <int R>
void strip(const GemmI8Strip& s) {
  constexpr int C = R > 4 ? 2 : 4, U = R == 1 ? 2 : 1;
  const TileStore store = choose_store(s, *s.epilogue);
  const size_t panel_bytes = (s.k + kKr - 1) / kKr * kStep;
  for (size_t j = 0; j < s.n; j += 4 * C) run_tile<R, C, U>(s, store, j, s.b + j / kNr * panel_bytes + j % kNr * kKr);
}

void gemm_i8_neondot(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {strip<1>, strip<2>, strip<3>, strip<4>,
                                                               strip<5>, strip<6>, strip<7>, strip<8>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI8Kernel kGemmI8Neondot = {kMr, kNr, kKr, AForm::kS8, 0, gemm_i8_neondot};

}  // namespace octavo
