// int4 GEMM for AVX-512 VNNI: 6 x 32 tile. A step is one load for two `vpdpbusd` of 16 columns x 4: the low nibbles and
// the high ones, unsigned, times broadcast dwords of A.
//
// A group's sums and the values that they are added to are in registers both: with a tile of twice the rows, whose
// values would pass through memory after each group, groups of 128 took 5% longer, groups of 32 a fifth.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_paced_avx2.h"
#include "kernels/gemm_i4/gemm_i4_row_avx512vnni.h"
#include "kernels/gemm_i4/gemm_i4_store_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kMr = 6, kNr = kInt4Columns;

/// How far ahead panels are fetched: few rows take them faster than memory sends them unasked.
constexpr size_t kPrefetchBytes = 4096;

/// Row addresses as two bases and multiples of the stride, so that 6 rows need few address registers.
struct Rows {
  const int8_t* base[2];
  size_t stride;

  Rows(const void* a, size_t stride_bytes) : stride(stride_bytes) {
    base[0] = static_cast<const int8_t*>(a);
    base[1] = base[0] + 3 * stride_bytes;
  }
  const int8_t* row(size_t r) const { return base[r / 3] + r % 3 * stride; }
  void advance(size_t bytes) { base[0] += bytes, base[1] += bytes; }
};

inline __m512i broadcast_a(const int8_t* a) {
  int32_t word;
  std::memcpy(&word, a, sizeof word);
  return _mm512_set1_epi32(word);
}

/// R rows x P panels in U sets of accumulators, which hide the instruction's latency where R * P is small.
template <int R, int P, int U>
struct Tile {
  const uint8_t* b;
  size_t panel_bytes;
  Rows rows;
  __m512i acc[U][R][P];
  __m512 values[R][P];

  /// acc = each row's term, times the zero points where there are some.
  OCTAVO_INLINE void start_group(const GemmI4Strip& s, size_t panel, size_t g) {
    const int32_t* terms = s.group_terms + g * s.term_stride;
    unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA { acc[0][r][p] = _mm512_set1_epi32(terms[r]); });
    unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
      unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA { acc[u + 1][r][p] = _mm512_setzero_si512(); });
    });
    if (s.zero_points == nullptr) return;
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const uint8_t* zeros = s.zero_points + ((panel + p) * s.groups + g) * kNr;
      const __m512i zero = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(zeros)));
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { acc[0][r][p] = _mm512_mullo_epi32(acc[0][r][p], zero); });
    });
  }

  /// The products of 4 values of k, those of step kAt from its value number `from` on.
  template <int kAt>
  OCTAVO_INLINE void add_products(const __m512i (&column)[P], size_t from) {
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m512i row = broadcast_a(rows.row(r) + kAt * kInt4Depth + from);
      unroll<P>([&](auto p)
                    OCTAVO_INLINE_LAMBDA { acc[kAt][r][p] = _mm512_dpbusd_epi32(acc[kAt][r][p], column[p], row); });
    });
  }

  template <int kAt>
  OCTAVO_INLINE void add_step() {
    constexpr size_t kByte = kAt * kInt4StepBytes;
    const __m512i mask = _mm512_set1_epi8(15);
    __m512i column[P];
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const uint8_t* step = b + p * panel_bytes + kByte;
      _mm_prefetch(reinterpret_cast<const char*>(step + kPrefetchBytes), _MM_HINT_T0);
      column[p] = _mm512_and_si512(_mm512_load_si512(step), mask);
    });
    add_products<kAt>(column, 0);
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const __m512i both = _mm512_load_si512(b + p * panel_bytes + kByte);
      column[p] = _mm512_and_si512(_mm512_srli_epi16(both, 4), mask);
    });
    add_products<kAt>(column, 4);
  }

  OCTAVO_INLINE void advance(size_t steps) {
    b += steps * kInt4StepBytes;
    rows.advance(steps * kInt4Depth);
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps >= U; steps -= U, advance(U))
      unroll<U>([&](auto u) OCTAVO_INLINE_LAMBDA { add_step<decltype(u)::value>(); });
    if constexpr (U > 1) {
      for (; steps > 0; --steps, advance(1)) add_step<0>();
    }
  }

  OCTAVO_INLINE void join_sets() {
    unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
      unroll_tile<R, P>([&](auto r, auto p)
                            OCTAVO_INLINE_LAMBDA { acc[0][r][p] = _mm512_add_epi32(acc[0][r][p], acc[u + 1][r][p]); });
    });
  }

  /// values += the group's sums, scaled.
  OCTAVO_INLINE void finish_group(const uint8_t* scales) {
    join_sets();
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const __m512 scale = _mm512_load_ps(reinterpret_cast<const float*>(scales + p * panel_bytes));
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
        values[r][p] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc[0][r][p]), scale, values[r][p]);
      });
    });
  }
};

template <int R, int P, int U>
OCTAVO_INLINE void run_groups(const GemmI4Strip& s, size_t j, const Ahead& ahead, Tile<R, P, U>& tile) {
  GroupWalk walk(s);
  PacedAhead paced(ahead, walk.steps);
  for (size_t g = 0; g < s.groups; ++g) {
    const size_t steps = walk.next(&tile.b);
    tile.start_group(s, j / kNr, g);
    paced.run(steps, [&](size_t now) OCTAVO_INLINE_LAMBDA { tile.add_steps(now); });
    tile.finish_group(walk.scales);
  }
}

template <int R, int P, int U>
OCTAVO_INLINE void run_tile(const GemmI4Strip& s, size_t j, const Ahead& ahead) {
  const size_t panel_bytes = int4_panel_bytes(s.k, s.groups);
  Tile<R, P, U> tile = {
      reinterpret_cast<const uint8_t*>(s.b) + j / kNr * panel_bytes, panel_bytes, Rows(s.a, s.a_stride_bytes), {}, {}};
  unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA { tile.values[r][p] = _mm512_setzero_ps(); });
  run_groups(s, j, ahead, tile);
  alignas(64) float values[P][R * 16];
  unroll_tile<R, P>([&](auto r, auto p)
                        OCTAVO_INLINE_LAMBDA { _mm512_store_ps(values[p] + r * 16, tile.values[r][p]); });
  for (size_t p = 0; p < P; ++p) store_panel(s, j + p * kNr, values[p]);
}

template <int R>
void strip(const GemmI4Strip& s) {
  constexpr int U = R == 2 ? 2 : 1;
  Ahead ahead(s, 2 * kNr);
  size_t j = 0;
  for (; j + kNr < s.n; j += 2 * kNr, ahead.next_tile()) run_tile<R, 2, U>(s, j, ahead);
  if (j < s.n) run_tile<R, 1, U>(s, j, ahead);
}

void gemm_i4_avx512vnni(const GemmI4Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI4Strip&) = {run_row,  strip<2>, strip<3>,
                                                               strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI4Kernel kGemmI4Avx512vnni = {kMr, gemm_i4_avx512vnni};

}  // namespace octavo
