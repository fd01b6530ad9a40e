// Scores of float32 rows with AVX-512: the 16 chains are a vector.
#include <immintrin.h>

#include "kernels/score_f32/score_f32_tiles_scalar.h"

namespace octavo {
namespace {

struct Lanes512 {
  using Chains = __m512;
  template <int Q>
  static constexpr int rows_of() {
    return 4;
  }
  static OCTAVO_INLINE Chains zero() { return _mm512_setzero_ps(); }
  static OCTAVO_INLINE Chains load(const float* values) { return _mm512_loadu_ps(values); }
  static OCTAVO_INLINE Chains load_first(const float* values, size_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), values);
  }
  static OCTAVO_INLINE Chains add_products(Chains acc, Chains row, Chains query) {
    return _mm512_fmadd_ps(row, query, acc);
  }
  static OCTAVO_INLINE float total_of(Chains acc) {
    const __m256 high = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(acc), 1));
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(acc), high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

}  // namespace

const ScoreF32Kernel kScoreF32Avx512vnni = {score_f32<Lanes512>};

}  // namespace octavo
