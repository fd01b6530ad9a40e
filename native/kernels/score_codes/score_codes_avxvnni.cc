// Scores of codes with AVX-VNNI: `vpdpbusd` takes unsigned levels, so the table holds level + 128, and each sum ends
// with 128 times the sum of its query less.
#include "kernels/score_codes/score_codes_lanes_avx2.h"

namespace octavo {
namespace {

struct LanesVnni {
  using Sum = __m256i;
  using Levels = __m256i;
  template <int kBits>
  using Codes = Codes256<kBits>;
  static constexpr size_t kBytes = 32;
  static constexpr bool kFetches = true;
  template <int kBits, int Q>
  static constexpr int rows_of() {
    return Q == 1 && kBits != 3 ? 4 : 2;
  }

  __m256i table;

  explicit LanesVnni(const int8_t* levels) : table(_mm256_xor_si256(load_table(levels), _mm256_set1_epi8(-128))) {}

  static OCTAVO_INLINE Sum zero() { return _mm256_setzero_si256(); }
  static OCTAVO_INLINE __m256i load_query(const int8_t* query) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(query));
  }

  template <int kBits, int kShift>
  OCTAVO_INLINE Levels levels_of(const Codes256<kBits>& codes) const {
    if constexpr (kBits == 8)
      return _mm256_xor_si256(codes.first, _mm256_set1_epi8(-128));
    else
      return _mm256_shuffle_epi8(table, codes.template indices<kShift>());
  }

  OCTAVO_INLINE Sum add_products(Sum sum, Levels levels, __m256i query) const {
    return _mm256_dpbusd_avx_epi32(sum, levels, query);
  }

  static OCTAVO_INLINE int32_t total_of(Sum sum, int32_t query_sum) {
    return _mm_cvtsi128_si32(sum_each(sum, zero(), zero(), zero())) - 128 * query_sum;
  }
  static OCTAVO_INLINE void store_four(int32_t* out, int32_t query_sum, Sum a, Sum b, Sum c, Sum d) {
    const __m128i sums = _mm_sub_epi32(sum_each(a, b, c, d), _mm_set1_epi32(128 * query_sum));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sums);
  }
};

}  // namespace

const ScoreCodesKernel kScoreCodesAvxvnni = {
    {score_codes<LanesVnni, 1>, score_codes<LanesVnni, 2>, score_codes<LanesVnni, 3>, score_codes<LanesVnni, 4>},
    score_codes<LanesVnni, 8>};

}  // namespace octavo
