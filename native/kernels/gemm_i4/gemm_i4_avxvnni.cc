// int4 GEMM for AVX-VNNI, 256 bits: 5 x 16 tile, a group's accumulators in registers. A step is one load of 8 columns
// for two `vpdpbusd`: the low nibbles and the high ones, unsigned, times broadcast dwords of A.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_paced_avx2.h"
#include "kernels/gemm_i4/gemm_i4_row_avxvnni.h"
#include "kernels/gemm_i4/gemm_i4_store_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 5, kNr = kInt4Columns;

/// How far ahead few rows' panels are fetched.
constexpr size_t kPrefetchBytes = 2048;

/// R rows x one panel in U sets of accumulators, which hide the instruction's latency where R is small.
template <int R, int U>
struct Tile {
  const uint8_t* b;
  const int8_t* a[2];  // of rows 0 and 3
  size_t stride;
  __m256i acc[U][2][R];

  OCTAVO_INLINE void start(const GemmI4Strip& s, size_t j, size_t g) {
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA { start_group<R>(s, j + h * 8, g, acc[0][h]); });
    unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
      unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA { acc[u + 1][h][r] = _mm256_setzero_si256(); });
    });
  }

  template <int kAt>
  OCTAVO_INLINE void add_step() {
    Nibbles256 columns[2];
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA { columns[h] = load_nibbles(b + kAt * kInt4StepBytes + h * 32); });
    if constexpr (U > 1)
      _mm_prefetch(reinterpret_cast<const char*>(b + kAt * kInt4StepBytes + kPrefetchBytes), _MM_HINT_T0);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const int8_t* row = a[r / 3] + r % 3 * stride + kAt * kInt4Depth;
      const __m256i first = broadcast_a(row);
      unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
        acc[kAt][h][r] = _mm256_dpbusd_avx_epi32(acc[kAt][h][r], columns[h].low, first);
      });
      const __m256i last = broadcast_a(row + 4);
      unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
        acc[kAt][h][r] = _mm256_dpbusd_avx_epi32(acc[kAt][h][r], columns[h].high, last);
      });
    });
  }

  OCTAVO_INLINE void advance(size_t steps) {
    b += steps * kInt4StepBytes, a[0] += steps * kInt4Depth, a[1] += steps * kInt4Depth;
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps >= U; steps -= U, advance(U))
      unroll<U>([&](auto u) OCTAVO_INLINE_LAMBDA { add_step<decltype(u)::value>(); });
    if constexpr (U > 1) {
      for (; steps > 0; --steps, advance(1)) add_step<0>();
    }
  }

  /// values += the group's sums, scaled.
  OCTAVO_INLINE void finish_group(const uint8_t* scales, float (&values)[2][R * 8]) {
    unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
      unroll_tile<R, 2>([&](auto r, auto h)
                            OCTAVO_INLINE_LAMBDA { acc[0][h][r] = _mm256_add_epi32(acc[0][h][r], acc[u + 1][h][r]); });
    });
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA { add_group<R>(scales + h * 32, acc[0][h], values[h]); });
  }
};

template <int R, int U>
OCTAVO_INLINE void run_tile(const GemmI4Strip& s, size_t j, const Ahead& ahead) {
  alignas(32) float values[2][R * 8];
  std::memset(values, 0, sizeof values);
  const int8_t* a = static_cast<const int8_t*>(s.a);
  const uint8_t* panels = reinterpret_cast<const uint8_t*>(s.b);
  Tile<R, U> tile = {
      panels + j / kNr * int4_panel_bytes(s.k, s.groups), {a, a + 3 * s.a_stride_bytes}, s.a_stride_bytes, {}};
  GroupWalk walk(s);
  PacedAhead paced(ahead, walk.steps);
  for (size_t g = 0; g < s.groups; ++g) {
    const size_t steps = walk.next(&tile.b);
    tile.start(s, j, g);
    paced.run(steps, [&](size_t now) OCTAVO_INLINE_LAMBDA { tile.add_steps(now); });
    tile.finish_group(walk.scales, values);
  }
  store_columns(s, j, values[0]);
  if (j + 8 < s.n) store_columns(s, j + 8, values[1]);
}

template <int R>
void strip(const GemmI4Strip& s) {
  constexpr int U = R == 2 ? 2 : 1;
  Ahead ahead(s, kNr);
  for (size_t j = 0; j < s.n; j += kNr, ahead.next_tile()) run_tile<R, U>(s, j, ahead);
}

void gemm_i4_avxvnni(const GemmI4Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI4Strip&) = {run_row, strip<2>, strip<3>, strip<4>, strip<5>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI4Kernel kGemmI4Avxvnni = {kMr, gemm_i4_avxvnni};

}  // namespace octavo
