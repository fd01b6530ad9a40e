// The int4 GEMM of a single row for AVX-VNNI: see gemm_i4_row_avx512vnni.h, whose ways these are, in halves of panels.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_store_avx2.h"

namespace octavo {
namespace {

/// How far ahead of the row panels are fetched.
constexpr size_t kRowPrefetchBytes = 8192;

/// Steps after which sums of 16-fold products have to be divided, lest they leave int32.
constexpr size_t kMostRowSteps = 16384;
static_assert(kMostRowSteps * 4 * (16 * 15 * 128) <= INT32_MAX);

/// One row x one panel. Memory is slower than the chains of the sums.
struct Row {
  static constexpr int kBurst = 4;
  const uint8_t* b;
  const int8_t* a;
  __m256i low[2], high[2];

  OCTAVO_INLINE void start_group(const GemmI4Strip& s, size_t j, size_t g) {
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      __m256i start[1];
      octavo::start_group<1>(s, j + h * 8, g, start);
      low[h] = start[0], high[h] = _mm256_setzero_si256();
    });
  }

  template <int kAt>
  OCTAVO_INLINE void add_step() {
    const __m256i* const step = reinterpret_cast<const __m256i*>(b + kAt * kInt4StepBytes);
    const __m256i first = broadcast_a(a + kAt * kInt4Depth), last = broadcast_a(a + kAt * kInt4Depth + 4);
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      const __m256i both = _mm256_load_si256(step + h);
      const __m256i lower = _mm256_and_si256(both, _mm256_set1_epi8(0x0F));
      const __m256i upper = _mm256_and_si256(both, _mm256_set1_epi8(static_cast<char>(0xF0)));
      low[h] = _mm256_dpbusd_avx_epi32(low[h], lower, first);
      high[h] = _mm256_dpbusd_avx_epi32(high[h], upper, last);
    });
  }

  OCTAVO_INLINE void fetch(size_t line) const {
    _mm_prefetch(reinterpret_cast<const char*>(b + kRowPrefetchBytes + line * kInt4StepBytes), _MM_HINT_T0);
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps >= kBurst; steps -= kBurst, b += kBurst * kInt4StepBytes, a += kBurst * kInt4Depth) {
      unroll<kBurst>([&](auto u) OCTAVO_INLINE_LAMBDA { fetch(u); });
      unroll<kBurst>([&](auto u) OCTAVO_INLINE_LAMBDA { add_step<decltype(u)::value>(); });
    }
    for (; steps > 0; --steps, b += kInt4StepBytes, a += kInt4Depth) {
      fetch(0);
      add_step<0>();
    }
  }

  /// Brings all sums together in `low`.
  OCTAVO_INLINE void join_sums() {
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      low[h] = _mm256_add_epi32(low[h], _mm256_srai_epi32(high[h], 4)), high[h] = _mm256_setzero_si256();
    });
  }
};

OCTAVO_INLINE void run_row_panel(const GemmI4Strip& s, size_t j, Row& row) {
  alignas(32) float values[2][8] = {};
  row.a = static_cast<const int8_t*>(s.a);
  GroupWalk walk(s);
  for (size_t g = 0; g < s.groups; ++g) {
    if (walk.in_run == 0) unroll<kInt4RunGroups>([&](auto i) OCTAVO_INLINE_LAMBDA { row.fetch(i); });
    size_t steps = walk.next(&row.b);
    row.start_group(s, j, g);
    for (; steps > kMostRowSteps; steps -= kMostRowSteps) {
      row.add_steps(kMostRowSteps);
      row.join_sums();
    }
    row.add_steps(steps);
    row.join_sums();
    unroll<2>([&](auto h) OCTAVO_INLINE_LAMBDA {
      const __m256i sums[1] = {row.low[h]};
      add_group<1>(walk.scales + h * 32, sums, values[h]);
    });
  }
  store_columns(s, j, values[0]);
  if (j + 8 < s.n) store_columns(s, j + 8, values[1]);
}

void run_row(const GemmI4Strip& s) {
  Row row = {reinterpret_cast<const uint8_t*>(s.b), nullptr, {}, {}};
  for (size_t j = 0; j < s.n; j += kInt4Columns) run_row_panel(s, j, row);
}

}  // namespace
}  // namespace octavo
