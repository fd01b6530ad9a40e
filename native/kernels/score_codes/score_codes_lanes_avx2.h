// Levels of codes in vectors of 32 bytes, for AVX2 with and without VNNI.
#pragma once

#include <immintrin.h>

#include "kernels/score_codes/score_codes_tiles_scalar.h"

namespace octavo {
namespace {

template <int kBits>
struct Codes256 {
  __m256i first, high;  // high: of 3 bits, the 4 bits of each byte's values

  OCTAVO_INLINE void load(const uint8_t* plane, [[maybe_unused]] const uint8_t* high_plane) {
    first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(plane));
    if constexpr (kBits == 3) {
      const __m256i pairs = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(high_plane)));
      high = _mm256_and_si256(_mm256_or_si256(pairs, _mm256_slli_epi16(pairs, 4)), _mm256_set1_epi8(15));
    }
  }

  template <int kShift>
  OCTAVO_INLINE __m256i indices() const {
    constexpr int kWidth = kBits == 3 ? 2 : kBits;
    const __m256i mask = _mm256_set1_epi8((1 << kWidth) - 1);
    const __m256i low = _mm256_and_si256(_mm256_srli_epi16(first, kShift * kWidth), mask);
    if constexpr (kBits != 3) return low;
    const __m256i shifted = kShift < 2 ? _mm256_slli_epi16(high, 2 - kShift) : _mm256_srli_epi16(high, kShift - 2);
    return _mm256_or_si256(low, _mm256_and_si256(shifted, _mm256_set1_epi8(4)));
  }
};

inline __m256i load_table(const int8_t* levels) {
  if (levels == nullptr) return _mm256_setzero_si256();
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(levels)));
}

/// The sums of four vectors, in order.
OCTAVO_INLINE __m128i sum_each(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i four = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
  return _mm_add_epi32(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
}

}  // namespace
}  // namespace octavo
