// The int4 GEMM of a single row for AVX-512 VNNI, which is as fast as memory sends the panels: one stream of memory, as
// few instructions as possible for each line of it, and lines asked for well ahead, a few at a time.
//
// High nibbles are not shifted down: their products are 16 times as large, and their sums are divided at a group's end.
#pragma once

#include <immintrin.h>

#include <cstring>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_store_avx512vnni.h"

namespace octavo {
namespace {

/// How far ahead of the row panels are fetched (measured: half of it and twice as much take 1 to 4% longer).
constexpr size_t kRowPrefetchBytes = 8192;

/// Steps after which sums of 16-fold products have to be divided, lest they leave int32.
constexpr size_t kMostRowSteps = 16384;
static_assert(kMostRowSteps * 4 * (16 * 15 * 128) <= INT32_MAX);

/// acc += the products of a column's 4 values each and 4 of a row, which the instruction itself spreads: a compiler
/// does not let it (measured: 2 to 3%).
OCTAVO_INLINE void add_spread(__m512i& acc, __m512i column, const int8_t* a) {
#ifdef __GNUC__
  asm("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(acc) : "v"(column), "m"(*reinterpret_cast<const int8_t(*)[4]>(a)));
#else
  int32_t word;
  std::memcpy(&word, a, sizeof word);
  acc = _mm512_dpbusd_epi32(acc, column, _mm512_set1_epi32(word));
#endif
}

/// One row x one panel in sets of accumulators, which hide the instruction's latency.
struct Row {
  static constexpr int kSets = 4;
  const uint8_t* b;
  const int8_t* a;
  __m512i low[kSets], high[kSets];

  /// The sums start from the row's term, times the zero points where there are some.
  OCTAVO_INLINE void start_group(const GemmI4Strip& s, size_t panel, size_t g) {
    unroll<kSets>([&](auto u)
                      OCTAVO_INLINE_LAMBDA { low[u] = _mm512_setzero_si512(), high[u] = _mm512_setzero_si512(); });
    low[0] = _mm512_set1_epi32(s.group_terms[g * s.term_stride]);
    if (s.zero_points == nullptr) return;
    const uint8_t* zeros = s.zero_points + (panel * s.groups + g) * kInt4Columns;
    low[0] = _mm512_mullo_epi32(low[0], _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(zeros))));
  }

  template <int kAt>
  OCTAVO_INLINE void add_step() {
    const __m512i* step = reinterpret_cast<const __m512i*>(b + kAt * kInt4StepBytes);
    const int8_t* row = a + kAt * kInt4Depth;
    add_spread(low[kAt], _mm512_and_si512(_mm512_load_si512(step), _mm512_set1_epi8(0x0F)), row);
    add_spread(high[kAt], _mm512_and_si512(_mm512_load_si512(step), _mm512_set1_epi8(static_cast<char>(0xF0))),
               row + 4);
  }

  OCTAVO_INLINE void fetch(size_t line) const {
    _mm_prefetch(reinterpret_cast<const char*>(b + kRowPrefetchBytes + line * kInt4StepBytes), _MM_HINT_T0);
  }

  /// kSets steps.
  OCTAVO_INLINE void add_sets() {
    unroll<kSets>([&](auto u) OCTAVO_INLINE_LAMBDA { fetch(u); });
    unroll<kSets>([&](auto u) OCTAVO_INLINE_LAMBDA { add_step<decltype(u)::value>(); });
    b += kSets * kInt4StepBytes, a += kSets * kInt4Depth;
  }

  OCTAVO_INLINE void add_steps(size_t steps) {
    for (; steps >= kSets; steps -= kSets) add_sets();
    for (; steps > 0; --steps, b += kInt4StepBytes, a += kInt4Depth) {
      fetch(0);
      add_step<0>();
    }
  }

  /// Brings all sums together in low[0].
  OCTAVO_INLINE void join_sums() {
    unroll<kSets - 1>([&](auto u) OCTAVO_INLINE_LAMBDA {
      low[0] = _mm512_add_epi32(low[0], low[u + 1]), low[u + 1] = _mm512_setzero_si512();
      high[0] = _mm512_add_epi32(high[0], high[u + 1]), high[u + 1] = _mm512_setzero_si512();
    });
    low[0] = _mm512_add_epi32(low[0], _mm512_srai_epi32(high[0], 4)), high[0] = _mm512_setzero_si512();
  }
};

OCTAVO_INLINE void run_row_panel(const GemmI4Strip& s, size_t j, Row& row) {
  __m512 values = _mm512_setzero_ps();
  row.a = static_cast<const int8_t*>(s.a);
  GroupWalk walk(s);
  for (size_t g = 0; g < s.groups; ++g) {
    if (walk.in_run == 0) unroll<kInt4RunGroups>([&](auto i) OCTAVO_INLINE_LAMBDA { row.fetch(i); });
    size_t steps = walk.next(&row.b);
    row.start_group(s, j / kInt4Columns, g);
    for (; steps > kMostRowSteps; steps -= kMostRowSteps) {
      row.add_steps(kMostRowSteps);
      row.join_sums();
    }
    row.add_steps(steps);
    row.join_sums();
    values = _mm512_fmadd_ps(_mm512_cvtepi32_ps(row.low[0]), _mm512_load_ps(walk.scales), values);
  }
  alignas(64) float stored[16];
  _mm512_store_ps(stored, values);
  store_panel(s, j, stored);
}

void run_row(const GemmI4Strip& s) {
  Row row = {reinterpret_cast<const uint8_t*>(s.b), nullptr, {}, {}};
  for (size_t j = 0; j < s.n; j += kInt4Columns) run_row_panel(s, j, row);
}

}  // namespace
}  // namespace octavo
