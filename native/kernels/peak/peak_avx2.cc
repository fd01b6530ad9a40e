// Peak of AVX2: the exact int8 sequence `vpmaddwd` + `vpaddd` and fma on 12 independent accumulators, and 32-byte
// reads.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

/// The compiler must not know this value: equal chains would become one, equal products would be computed once.
template <typename V>
OCTAVO_INLINE void hide(V& value) {
  asm volatile("" : "+x"(value));
}

constexpr int kChains = 12;

double peak_int8(size_t iterations) {
  __m256i acc[kChains], a = _mm256_set1_epi16(1), b = _mm256_set1_epi16(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = _mm256_setzero_si256();
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
      hide(a);
      hide(b);
      acc[c] = _mm256_add_epi32(acc[c], _mm256_madd_epi16(a, b));
    });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 16 * kChains * static_cast<double>(iterations);
}

double peak_float32(size_t iterations) {
  __m256 acc[kChains], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = _mm256_setzero_ps();
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = _mm256_fmadd_ps(a, b, acc[c]); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 8 * kChains * static_cast<double>(iterations);
}

inline __m256i load_bytes(const uint8_t* source) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source));
}

/// Two streams, one through each half: they keep more lines on their way than one does.
uint64_t read_bytes(const uint8_t* source, size_t bytes) {
  constexpr int kLoads = 4;
  __m256i sum[2 * kLoads];
  unroll<2 * kLoads>([&](auto i) OCTAVO_INLINE_LAMBDA { sum[i] = _mm256_setzero_si256(); });
  const size_t half = bytes / (2 * 32 * kLoads) * (32 * kLoads);
  for (size_t i = 0; i < half; i += 32 * kLoads)
    unroll<kLoads>([&](auto load) OCTAVO_INLINE_LAMBDA {
      sum[load] = _mm256_xor_si256(sum[load], load_bytes(source + i + 32 * load));
      sum[kLoads + load] = _mm256_xor_si256(sum[kLoads + load], load_bytes(source + half + i + 32 * load));
    });
  for (size_t i = 2 * half; i + 32 <= bytes; i += 32) sum[0] = _mm256_xor_si256(sum[0], load_bytes(source + i));
  unroll<2 * kLoads - 1>([&](auto i) OCTAVO_INLINE_LAMBDA { sum[0] = _mm256_xor_si256(sum[0], sum[i + 1]); });
  uint64_t words[4];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(words), sum[0]);
  return words[0] ^ words[1] ^ words[2] ^ words[3];
}

}  // namespace

const PeakKernel kPeakAvx2 = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
