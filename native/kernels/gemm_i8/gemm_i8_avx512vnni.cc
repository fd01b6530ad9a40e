// int8 GEMM for AVX-512 VNNI: 14 x 32 tile, accumulators in registers over the whole of k.
// Each step takes 4 values of k: `vpdpbusd` of a broadcast dword of A (u8) with 16 columns x 4 of B (s8), wrapping.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_ahead_avx2.h"
#include "kernels/gemm_i8/gemm_i8_store_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kMr = 14, kNr = 16, kKr = 4, kStep = kNr * kKr;
/// Flipping A in registers costs an instruction for each broadcast, once for every two panels, beside VNNI or in its
/// place, as the CPU has it; flipping it in memory, a pass before the first panel. Here that pass is the dearer one.
constexpr size_t kFlipColumns = 64;

/// How far ahead panels are fetched. Few rows take them faster than memory sends them unasked, and with a long k they
/// are not in the first cache when many rows want them again; a single row is as fast without.
constexpr size_t kPrefetchBytes[] = {0, 2048, 4096, 0, 0};  // by U, the number of sets of accumulators

/// Row addresses as three bases and multiples of the stride, so that 14 rows need few address registers.
struct Rows {
  const uint8_t* base[3];
  size_t stride;

  Rows(const void* a, size_t stride_bytes) : stride(stride_bytes) {
    for (size_t g = 0; g < 3; ++g) base[g] = static_cast<const uint8_t*>(a) + 5 * g * stride_bytes;
  }
  const uint8_t* row(size_t r) const { return base[r / 5] + r % 5 * stride; }
  void advance(size_t bytes) {
    for (size_t g = 0; g < 3; ++g) base[g] += bytes;
  }
};

inline __m512i broadcast_a(const uint8_t* a) {
  int32_t word;
  std::memcpy(&word, a, sizeof word);
  return _mm512_set1_epi32(word);
}

/// Adds the products of all steps to U sets of accumulators for R rows x P panels; A is flipped by 128 if kFlip.
template <bool kFlip, int R, int P, int U>
OCTAVO_INLINE void add_steps(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const Ahead& ahead,
                             __m512i (&acc)[U][R][P]) {
  const size_t panel_bytes = (s.k + kKr - 1) / kKr * kStep;
  const __m512i flips = _mm512_set1_epi8(static_cast<char>(0x80));
  __m512i column[P];
  const int8_t* b = s.b + j / kNr * panel_bytes;
  Rows rows(s.a, s.a_stride_bytes);
  const auto add_step = [&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      const int8_t* panel = b + p * panel_bytes + u * kStep;
      column[p] = _mm512_load_si512(panel);
      if constexpr (kPrefetchBytes[U] > 0)
        _mm_prefetch(reinterpret_cast<const char*>(panel + kPrefetchBytes[U]), _MM_HINT_T0);
    });
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      __m512i row = broadcast_a(rows.row(r) + u * kKr);
      if constexpr (kFlip) row = _mm512_xor_si512(row, flips);
      unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { acc[u][r][p] = _mm512_dpbusd_epi32(acc[u][r][p], row, column[p]); });
    });
  };
  size_t steps = (s.k + kKr - 1) / kKr;
  if constexpr (U == 1) {
    steps = ahead.run_steps(steps, [&]() OCTAVO_INLINE_LAMBDA {
      add_step(std::integral_constant<int, 0>{});
      b += kStep, rows.advance(kKr);
    });
    add_terms(e, j, s.n, acc[0]);  // between two steps, where nothing waits for it
  }
  for (; steps >= U; steps -= U, b += U * kStep, rows.advance(U * kKr)) unroll<U>(add_step);
  if constexpr (U > 1) {
    for (; steps > 0; --steps, b += kStep, rows.advance(kKr)) add_step(std::integral_constant<int, 0>{});
  }
}

/// R rows x P panels; U independent sets of accumulators hide the instruction's latency where R * P is small.
template <int R, int P, int U>
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, TileStore store, size_t j, const Ahead& ahead) {
  __m512i acc[U][R][P];
  unroll<U>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, P>([&](auto r, auto p) OCTAVO_INLINE_LAMBDA { acc[u][r][p] = _mm512_setzero_si512(); });
  });
  s.a_signed ? add_steps<true>(s, e, j, ahead, acc) : add_steps<false>(s, e, j, ahead, acc);
  unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, P>([&](auto r, auto p)
                          OCTAVO_INLINE_LAMBDA { acc[0][r][p] = _mm512_add_epi32(acc[0][r][p], acc[u + 1][r][p]); });
  });
  if constexpr (U > 1) add_terms(e, j, s.n, acc[0]);
  store_tile<R, P>(s, e, store, j, acc[0]);
}

template <int R>
void strip(const GemmI8Strip& s) {
  constexpr int U = R == 1 ? 4 : R <= 4 ? 2 : 1;
  const GemmI8Epilogue& e = *s.epilogue;
  const TileStore store = choose_store(s, e);
  Ahead ahead(s, 2 * kNr);
  size_t j = 0;
  for (; j + kNr < s.n; j += 2 * kNr, ahead.next_tile()) tile<R, 2, U>(s, e, store, j, ahead);
  if (j < s.n) tile<R, 1, U>(s, e, store, j, ahead);
}

void gemm_i8_avx512vnni(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {strip<1>,  strip<2>,  strip<3>,  strip<4>, strip<5>,
                                                               strip<6>,  strip<7>,  strip<8>,  strip<9>, strip<10>,
                                                               strip<11>, strip<12>, strip<13>, strip<14>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI8Kernel kGemmI8Avx512vnni = {kMr, kNr, kKr, AForm::kU8, kFlipColumns, gemm_i8_avx512vnni};

}  // namespace octavo
