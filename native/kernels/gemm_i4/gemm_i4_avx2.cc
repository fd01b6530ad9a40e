// int4 GEMM for AVX2 without VNNI, exact: `vpmaddubsw` of nibbles and signed bytes gives at most 2 * 15 * 128, so that
// int16 holds the sums of 16 values of k before `vpmaddwd` widens them. 6 x 8 tile, half a panel.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_paced_avx2.h"
#include "kernels/gemm_i4/gemm_i4_store_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 6, kTileColumns = 8;

/// How far ahead a single row's panels are fetched.
constexpr size_t kPrefetchBytes = 2048;

template <int R>
struct Tile {
  const uint8_t* b;
  const int8_t* a[2];  // of rows 0 and 3
  size_t stride;
  __m256i acc[R];

  /// Adds kSteps steps, as many as int16 holds the sums of at most.
  template <int kSteps>
  OCTAVO_INLINE void add() {
    static_assert(kSteps * 8 / 2 * 15 * 128 <= INT16_MAX);
    Nibbles256 columns[kSteps];
    unroll<kSteps>([&](auto i) OCTAVO_INLINE_LAMBDA {
      columns[i] = load_nibbles(b + i * kInt4StepBytes);
      if constexpr (R == 1)
        _mm_prefetch(reinterpret_cast<const char*>(b + i * kInt4StepBytes + kPrefetchBytes), _MM_HINT_T0);
    });
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const int8_t* row = a[r / 3] + r % 3 * stride;
      __m256i sum;
      unroll<kSteps>([&](auto i) OCTAVO_INLINE_LAMBDA {
        const __m256i low = _mm256_maddubs_epi16(columns[i].low, broadcast_a(row + i * kInt4Depth));
        const __m256i high = _mm256_maddubs_epi16(columns[i].high, broadcast_a(row + i * kInt4Depth + 4));
        const __m256i both = _mm256_add_epi16(low, high);
        if constexpr (i == 0)
          sum = both;
        else
          sum = _mm256_add_epi16(sum, both);
      });
      acc[r] = _mm256_add_epi32(acc[r], _mm256_madd_epi16(sum, _mm256_set1_epi16(1)));
    });
    b += kSteps * kInt4StepBytes, a[0] += kSteps * kInt4Depth, a[1] += kSteps * kInt4Depth;
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps >= 2; steps -= 2) add<2>();
    if (steps > 0) add<1>();
  }
};

template <int R>
OCTAVO_INLINE void run_tile(const GemmI4Strip& s, size_t j, const Ahead& ahead) {
  alignas(32) float values[R * 8];
  std::memset(values, 0, sizeof values);
  const uint8_t* panel = reinterpret_cast<const uint8_t*>(s.b) + j / kInt4Columns * int4_panel_bytes(s.k, s.groups);
  const int8_t* a = static_cast<const int8_t*>(s.a);
  Tile<R> tile = {panel + j % kInt4Columns * 4, {a, a + 3 * s.a_stride_bytes}, s.a_stride_bytes, {}};
  GroupWalk walk(s);
  PacedAhead paced(ahead, walk.steps);
  for (size_t g = 0; g < s.groups; ++g) {
    const size_t steps = walk.next(&tile.b);
    start_group<R>(s, j, g, tile.acc);
    if constexpr (R > 1)
      paced.run(steps, [&](size_t now) OCTAVO_INLINE_LAMBDA { tile.add_steps(now); });
    else
      tile.add_steps(steps);  // a single row's panels would be fetched twice
    add_group<R>(walk.scales, tile.acc, values);
  }
  store_columns(s, j, values);
}

template <int R>
void strip(const GemmI4Strip& s) {
  Ahead ahead(s, kTileColumns);
  for (size_t j = 0; j < s.n; j += kTileColumns, ahead.next_tile()) run_tile<R>(s, j, ahead);
}

void gemm_i4_avx2(const GemmI4Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI4Strip&) = {strip<1>, strip<2>, strip<3>,
                                                               strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI4Kernel kGemmI4Avx2 = {kMr, gemm_i4_avx2};

}  // namespace octavo
