// Peak of AVX-VNNI: the 256-bit `vpdpbusd` on 12 independent accumulators; the rest is as with AVX2.
#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/peak/peak.h"

namespace octavo {
namespace {

constexpr int kChains = 12;

/// The compiler must not know this value: equal chains would become one.
OCTAVO_INLINE void hide(__m256i& value) { asm volatile("" : "+x"(value)); }

double peak_int8(size_t iterations) {
  __m256i acc[kChains], a = _mm256_set1_epi8(1), b = _mm256_set1_epi8(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = _mm256_setzero_si256();
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = _mm256_dpbusd_avx_epi32(acc[c], a, b); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * 32 * kChains * static_cast<double>(iterations);
}

double peak_float32(size_t iterations) { return kPeakAvx2.float32(iterations); }

uint64_t read_bytes(const uint8_t* source, size_t bytes) { return kPeakAvx2.read(source, bytes); }

}  // namespace

const PeakKernel kPeakAvxvnni = {peak_int8, peak_float32, read_bytes};

}  // namespace octavo
