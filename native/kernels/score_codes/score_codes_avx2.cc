// Scores of codes with AVX2 without VNNI, exact: `vpmaddubsw` takes the levels' magnitudes and the queries' values with
// the levels' signs, whose pairs of products are at most 2 * 127 * 127 < 2^15.
#include "kernels/score_codes/score_codes_lanes_avx2.h"

namespace octavo {
namespace {

struct Lanes256 {
  using Sum = __m256i;
  struct Levels {
    __m256i value, magnitude;
  };
  template <int kBits>
  using Codes = Codes256<kBits>;
  static constexpr size_t kBytes = 32;
  static constexpr bool kFetches = true;
  template <int kBits, int Q>
  static constexpr int rows_of() {
    return Q == 1 && kBits != 3 ? 4 : 2;
  }

  __m256i table;

  explicit Lanes256(const int8_t* levels) : table(load_table(levels)) {}

  static OCTAVO_INLINE Sum zero() { return _mm256_setzero_si256(); }
  static OCTAVO_INLINE __m256i load_query(const int8_t* query) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(query));
  }

  template <int kBits, int kShift>
  OCTAVO_INLINE Levels levels_of(const Codes256<kBits>& codes) const {
    __m256i value = codes.first;
    if constexpr (kBits != 8) value = _mm256_shuffle_epi8(table, codes.template indices<kShift>());
    return {value, _mm256_abs_epi8(value)};
  }

  OCTAVO_INLINE Sum add_products(Sum sum, const Levels& levels, __m256i query) const {
    const __m256i pairs = _mm256_maddubs_epi16(levels.magnitude, _mm256_sign_epi8(query, levels.value));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }

  static OCTAVO_INLINE int32_t total_of(Sum sum, int32_t) {
    return _mm_cvtsi128_si32(sum_each(sum, zero(), zero(), zero()));
  }
  static OCTAVO_INLINE void store_four(int32_t* out, int32_t, Sum a, Sum b, Sum c, Sum d) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), sum_each(a, b, c, d));
  }
};

}  // namespace

const ScoreCodesKernel kScoreCodesAvx2 = {
    {score_codes<Lanes256, 1>, score_codes<Lanes256, 2>, score_codes<Lanes256, 3>, score_codes<Lanes256, 4>},
    score_codes<Lanes256, 8>};

}  // namespace octavo
