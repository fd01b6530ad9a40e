// int4 GEMM for ARMv8-A without dot product: tiles of 2 x 8. A product of a nibble and a byte is at most 15 * 128, so
// that int16 holds the sums of 16 products (SMLAL) before SADALP widens them.
#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_store_neon.h"

namespace octavo {
namespace {

constexpr size_t kMr = 8;
constexpr int kTileColumns = 8, kVectors = kTileColumns / 2;  // of 2 columns x 4 values of k
constexpr size_t kNarrowSteps = 8;                            // whose 2 products for each value int16 holds
static_assert(kNarrowSteps * 2 * 15 * 128 <= INT16_MAX);

/// Four int8 of a row, twice.
OCTAVO_INLINE int8x8_t load_four(const int8_t* a) {
  int32_t four;
  std::memcpy(&four, a, sizeof four);
  return vreinterpret_s8_s32(vdup_n_s32(four));
}

template <int R>
struct Tile {
  const int8_t* a;
  size_t stride;
  const uint8_t* b;
  int32x4_t acc[R][kVectors];

  OCTAVO_INLINE void add_step(int16x8_t (&narrow)[R][kVectors]) {
    Nibbles128 columns[2];
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA { columns[h] = load_nibbles(b + h * 16); });
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const int8x8_t first = load_four(a + r * stride), last = load_four(a + r * stride + 4);
      unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
        narrow[r][2 * h] = vmlal_s8(narrow[r][2 * h], vget_low_s8(columns[h].low), first);
        narrow[r][2 * h + 1] = vmlal_s8(narrow[r][2 * h + 1], vget_high_s8(columns[h].low), first);
        narrow[r][2 * h] = vmlal_s8(narrow[r][2 * h], vget_low_s8(columns[h].high), last);
        narrow[r][2 * h + 1] = vmlal_s8(narrow[r][2 * h + 1], vget_high_s8(columns[h].high), last);
      });
    });
    b += kInt4StepBytes, a += kInt4Depth;
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    while (steps > 0) {
      int16x8_t narrow[R][kVectors];
      unroll_tile<R, kVectors>([&](auto r, auto v) OCTAVO_INLINE_LAMBDA { narrow[r][v] = vdupq_n_s16(0); });
      const size_t now = steps < kNarrowSteps ? steps : kNarrowSteps;
      for (size_t i = 0; i < now; ++i) add_step(narrow);
      unroll_tile<R, kVectors>([&](auto r, auto v)
                                   OCTAVO_INLINE_LAMBDA { acc[r][v] = vpadalq_s16(acc[r][v], narrow[r][v]); });
      steps -= now;
    }
  }
};

/// A half of a panel, whose first column is j.
struct HalfPanel {
  size_t j;
  const uint8_t* b;
};

/// values += all groups of R rows of the strip from `first` on. A function of its own: the compiler takes no values
/// into registers that the sums need.
template <int R>
[[gnu::noinline]] void add_groups(const GemmI4Strip& s, size_t first, const HalfPanel& half, float* values) {
  Tile<R> tile = {static_cast<const int8_t*>(s.a) + first * s.a_stride_bytes, s.a_stride_bytes, half.b, {}};
  GroupWalk walk(s);
  for (size_t g = 0; g < s.groups; ++g) {
    unroll_tile<R, kVectors>([&](auto r, auto v) OCTAVO_INLINE_LAMBDA { tile.acc[r][v] = vdupq_n_s32(0); });
    tile.add_steps(walk.next(&tile.b));
    int32x4_t sums[R][2];
    unroll_tile<R, 2>([&](auto r, auto c) OCTAVO_INLINE_LAMBDA {
      sums[r][c] = vpaddq_s32(tile.acc[r][2 * c], tile.acc[r][2 * c + 1]);
    });
    add_group<R, 2>({s, g, first, half.j, walk.scales}, sums, values);
  }
}

template <int R>
void run_tile(const GemmI4Strip& s, size_t first, const HalfPanel& half) {
  float values[R * kTileColumns] = {};
  add_groups<R>(s, first, half, values);
  store_tile(s, {first, R, half.j, kTileColumns, values});
}

/// All rows meet half a panel while it is in the first level cache.
void gemm_i4_neon(const GemmI4Strip& s) {
  const uint8_t* panels = reinterpret_cast<const uint8_t*>(s.b);
  for (size_t j = 0; j < s.n; j += kTileColumns) {
    const size_t panel = j / kInt4Columns * int4_panel_bytes(s.k, s.groups);
    const HalfPanel half = {j, panels + panel + j % kInt4Columns * 4};
    size_t r = 0;
    for (; r + 2 <= s.rows; r += 2) run_tile<2>(s, r, half);
    if (r < s.rows) run_tile<1>(s, r, half);
  }
}

}  // namespace

const GemmI4Kernel kGemmI4Neon = {kMr, gemm_i4_neon};

}  // namespace octavo
