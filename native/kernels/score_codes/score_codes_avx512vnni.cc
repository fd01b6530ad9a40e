// Scores of codes with AVX-512 VNNI: `vpdpbusd` takes unsigned levels, so the table holds level + 128, and each sum
// ends with 128 times the sum of its query less.
#include <immintrin.h>

#include "kernels/score_codes/score_codes_tiles_scalar.h"

namespace octavo {
namespace {

template <int kBits>
struct Codes512 {
  __m512i first, high;  // high: of 3 bits, the 4 bits of each byte's values

  OCTAVO_INLINE void load(const uint8_t* plane, [[maybe_unused]] const uint8_t* high_plane) {
    first = _mm512_loadu_si512(plane);
    if constexpr (kBits == 3) {
      const __m512i pairs = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(high_plane)));
      high = _mm512_and_si512(_mm512_or_si512(pairs, _mm512_slli_epi16(pairs, 4)), _mm512_set1_epi8(15));
    }
  }

  template <int kShift>
  OCTAVO_INLINE __m512i indices() const {
    constexpr int kWidth = kBits == 3 ? 2 : kBits;
    const __m512i mask = _mm512_set1_epi8((1 << kWidth) - 1);
    const __m512i low = _mm512_and_si512(_mm512_srli_epi16(first, kShift * kWidth), mask);
    if constexpr (kBits != 3) return low;
    const __m512i shifted = kShift < 2 ? _mm512_slli_epi16(high, 2 - kShift) : _mm512_srli_epi16(high, kShift - 2);
    return _mm512_or_si512(low, _mm512_and_si512(shifted, _mm512_set1_epi8(4)));
  }
};

struct Lanes512 {
  using Sum = __m512i;
  using Levels = __m512i;
  template <int kBits>
  using Codes = Codes512<kBits>;
  static constexpr size_t kBytes = 64;
  static constexpr bool kFetches = true;
  template <int kBits, int Q>
  static constexpr int rows_of() {
    return 4;
  }

  __m512i table;

  explicit Lanes512(const int8_t* levels) {
    const __m128i values = levels ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(levels)) : _mm_setzero_si128();
    table = _mm512_broadcast_i32x4(_mm_xor_si128(values, _mm_set1_epi8(-128)));
  }

  static OCTAVO_INLINE Sum zero() { return _mm512_setzero_si512(); }
  static OCTAVO_INLINE __m512i load_query(const int8_t* query) { return _mm512_load_si512(query); }

  template <int kBits, int kShift>
  OCTAVO_INLINE Levels levels_of(const Codes512<kBits>& codes) const {
    if constexpr (kBits == 8)
      return _mm512_xor_si512(codes.first, _mm512_set1_epi8(-128));
    else
      return _mm512_shuffle_epi8(table, codes.template indices<kShift>());
  }

  OCTAVO_INLINE Sum add_products(Sum sum, Levels levels, __m512i query) const {
    return _mm512_dpbusd_epi32(sum, levels, query);
  }

  static OCTAVO_INLINE int32_t total_of(Sum sum, int32_t query_sum) {
    return _mm512_reduce_add_epi32(sum) - 128 * query_sum;
  }

  static OCTAVO_INLINE __m512i add_pairs(__m512i a, __m512i b) {
    return _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  }

  static OCTAVO_INLINE void store_four(int32_t* out, int32_t query_sum, Sum a, Sum b, Sum c, Sum d) {
    const __m512i ab = add_pairs(a, b), cd = add_pairs(c, d);
    const __m512i four = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    const __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(four), _mm512_extracti64x4_epi64(four, 1));
    const __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_sub_epi32(sums, _mm_set1_epi32(128 * query_sum)));
  }
};

}  // namespace

const ScoreCodesKernel kScoreCodesAvx512vnni = {
    {score_codes<Lanes512, 1>, score_codes<Lanes512, 2>, score_codes<Lanes512, 3>, score_codes<Lanes512, 4>},
    score_codes<Lanes512, 8>};

}  // namespace octavo
