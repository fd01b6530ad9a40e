// int8 GEMM for AVX-VNNI, 256 bits: 6 x 16 tile on the panels of AVX-512, accumulators in registers over the whole of
// k. Each step takes 4 values of k: `vpdpbusd` of a broadcast dword of A (u8) with 8 columns x 4 of B (s8), wrapping.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_ahead_avx2.h"
#include "kernels/gemm_i8/gemm_i8_store_avx2.h"

namespace octavo {
namespace {

constexpr size_t kMr = 6, kNr = 16, kKr = 4, kStep = kNr * kKr;

inline __m256i broadcast_a(const uint8_t* a) {
  int32_t word;
  std::memcpy(&word, a, sizeof word);
  return _mm256_set1_epi32(word);
}

inline __m256i load_b(const int8_t* b) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(b)); }

/// R rows x one panel; U independent sets of accumulators hide the instruction's latency where R is small.
template <int R, int U>
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, TileStore store, size_t j, const Ahead& ahead) {
  size_t steps = (s.k + kKr - 1) / kKr;
  const int8_t* b = s.b + j * steps * kKr;
  __m256i acc[U][2][R];
  unroll<U>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA { acc[u][h][r] = _mm256_setzero_si256(); });
  });
  const size_t stride = s.a_stride_bytes;
  const uint8_t* a[2] = {static_cast<const uint8_t*>(s.a), static_cast<const uint8_t*>(s.a) + 3 * stride};
  const auto add_step = [&](auto u) OCTAVO_INLINE_LAMBDA {
    const __m256i b0 = load_b(b + u * kStep), b1 = load_b(b + u * kStep + 32);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m256i row = broadcast_a(a[r / 3] + r % 3 * stride + u * kKr);
      acc[u][0][r] = _mm256_dpbusd_avx_epi32(acc[u][0][r], row, b0);
      acc[u][1][r] = _mm256_dpbusd_avx_epi32(acc[u][1][r], row, b1);
    });
  };
  if constexpr (U == 1) {
    steps = ahead.run_steps(steps, [&]() OCTAVO_INLINE_LAMBDA {
      add_step(std::integral_constant<int, 0>{});
      b += kStep, a[0] += kKr, a[1] += kKr;
    });
  }
  for (; steps >= U; steps -= U, b += U * kStep, a[0] += U * kKr, a[1] += U * kKr) unroll<U>(add_step);
  if constexpr (U > 1) {
    for (; steps > 0; --steps, b += kStep, a[0] += kKr, a[1] += kKr) add_step(std::integral_constant<int, 0>{});
  }
  unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, 2>([&](auto r, auto h)
                          OCTAVO_INLINE_LAMBDA { acc[0][h][r] = _mm256_add_epi32(acc[0][h][r], acc[u + 1][h][r]); });
  });
  store_rows<R>(s, e, store, j, acc[0][0]);
  if (j + 8 < s.n) store_rows<R>(s, e, store, j + 8, acc[0][1]);
}

template <int R>
void strip(const GemmI8Strip& s) {
  constexpr int U = R == 1 ? 4 : R == 2 ? 2 : 1;
  const GemmI8Epilogue& e = *s.epilogue;
  const TileStore store = choose_store(s, e);
  Ahead ahead(s, kNr);
  for (size_t j = 0; j < s.n; j += kNr, ahead.next_tile()) tile<R, U>(s, e, store, j, ahead);
}

void gemm_i8_avxvnni(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {strip<1>, strip<2>, strip<3>,
                                                               strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI8Kernel kGemmI8Avxvnni = {kMr, kNr, kKr, AForm::kU8, 0, gemm_i8_avxvnni};

}  // namespace octavo
