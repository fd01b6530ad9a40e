// Peak of AVX-512 VNNI: `vpdpbusd` and fma on 24 independent accumulators, and 64-byte reads.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

/// The compiler must not know this value: equal chains would become one, equal products would be computed once.
template <typename V>
OCTAVO_INLINE void hide(V& value) {
  asm volatile("" : "+v"(value));
}

constexpr int kChains = 24;

double peak_int8(size_t iterations) {
  __m512i acc[kChains], a = _mm512_set1_epi8(1), b = _mm512_set1_epi8(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = _mm512_setzero_si512();
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = _mm512_dpbusd_epi32(acc[c], a, b); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 64 * kChains * static_cast<double>(iterations);
}

double peak_float32(size_t iterations) {
  __m512 acc[kChains], a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = _mm512_setzero_ps();
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = _mm512_fmadd_ps(a, b, acc[c]); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 16 * kChains * static_cast<double>(iterations);
}

/// Two streams, one through each half: they keep more lines on their way than one does (a tenth faster from memory).
uint64_t read_bytes(const uint8_t* source, size_t bytes) {
  constexpr int kLines = 4;
  __m512i sum[2 * kLines];
  unroll<2 * kLines>([&](auto i) OCTAVO_INLINE_LAMBDA { sum[i] = _mm512_setzero_si512(); });
  const size_t half = bytes / (2 * 64 * kLines) * (64 * kLines);
  for (size_t i = 0; i < half; i += 64 * kLines)
    unroll<kLines>([&](auto line) OCTAVO_INLINE_LAMBDA {
      sum[line] = _mm512_xor_si512(sum[line], _mm512_loadu_si512(source + i + 64 * line));
      sum[kLines + line] = _mm512_xor_si512(sum[kLines + line], _mm512_loadu_si512(source + half + i + 64 * line));
    });
  for (size_t i = 2 * half; i + 64 <= bytes; i += 64) sum[0] = _mm512_xor_si512(sum[0], _mm512_loadu_si512(source + i));
  unroll<2 * kLines - 1>([&](auto i) OCTAVO_INLINE_LAMBDA { sum[0] = _mm512_xor_si512(sum[0], sum[i + 1]); });
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(sum[0]));
}

}  // namespace

const PeakKernel kPeakAvx512vnni = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
