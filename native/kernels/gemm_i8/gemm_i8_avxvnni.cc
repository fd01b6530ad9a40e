// int8 GEMM for AVX-VNNI, 256 bits: 6 x 16 tile on the panels of AVX-512, accumulators in registers over the whole of
// k. Each step takes 4 values of k: `vpdpbusd` of a broadcast dword of A (u8) with 8 columns x 4 of B (s8), wrapping.
#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_epilogue_avx2.h"

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
OCTAVO_INLINE void tile(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, const int8_t* b, size_t steps) {
  __m256i acc[U][R][2];
  unroll<U>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, 2>([&](auto r, auto h) OCTAVO_INLINE_LAMBDA { acc[u][r][h] = _mm256_setzero_si256(); });
  });
  const size_t stride = s.a_stride_bytes;
  const uint8_t* a[2] = {static_cast<const uint8_t*>(s.a), static_cast<const uint8_t*>(s.a) + 3 * stride};
  const auto add_step = [&](auto u) OCTAVO_INLINE_LAMBDA {
    const __m256i b0 = load_b(b + u * kStep), b1 = load_b(b + u * kStep + 32);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const __m256i row = broadcast_a(a[r / 3] + r % 3 * stride + u * kKr);
      acc[u][r][0] = _mm256_dpbusd_avx_epi32(acc[u][r][0], row, b0);
      acc[u][r][1] = _mm256_dpbusd_avx_epi32(acc[u][r][1], row, b1);
    });
  };
  for (; steps >= U; steps -= U, b += U * kStep, a[0] += U * kKr, a[1] += U * kKr) unroll<U>(add_step);
  if constexpr (U > 1) {
    for (; steps > 0; --steps, b += kStep, a[0] += kKr, a[1] += kKr) add_step(std::integral_constant<int, 0>{});
  }
  unroll<U - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
    unroll_tile<R, 2>([&](auto r, auto h)
                          OCTAVO_INLINE_LAMBDA { acc[0][r][h] = _mm256_add_epi32(acc[0][r][h], acc[u + 1][r][h]); });
  });
  unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
    if (j + 8 * h >= s.n) return;
    const Columns256 at = columns_from(j + 8 * h, s.n);
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { store_columns(s, e, r, at, acc[0][r][h]); });
  });
}

template <int R>
void strip(const GemmI8Strip& given) {
  constexpr int U = R == 1 ? 4 : R == 2 ? 2 : 1;
  const GemmI8Strip s = given;
  const GemmI8Epilogue e = *given.epilogue;
  const size_t steps = (s.k + kKr - 1) / kKr;
  for (size_t j = 0; j < s.n; j += kNr) tile<R, U>(s, e, j, s.b + j / kNr * steps * kStep, steps);
}

void gemm_i8_avxvnni(const GemmI8Strip& s) {
  static constexpr void (*kStrips[kMr])(const GemmI8Strip&) = {strip<1>, strip<2>, strip<3>,
                                                               strip<4>, strip<5>, strip<6>};
  kStrips[s.rows - 1](s);
}

}  // namespace

const GemmI8Kernel kGemmI8Avxvnni = {kMr, kNr, kKr, AForm::kU8, gemm_i8_avxvnni};

}  // namespace octavo
