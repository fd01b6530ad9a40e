// Scores of float32 rows with AVX2: the 16 chains are two vectors.
#include <immintrin.h>

#include "kernels/score_f32/score_f32_tiles_scalar.h"

namespace octavo {
namespace {

struct Lanes256 {
  struct Chains {
    __m256 low, high;
  };
  template <int Q>
  static constexpr int rows_of() {
    return Q == 1 ? 4 : 1;
  }
  static OCTAVO_INLINE Chains zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
  static OCTAVO_INLINE Chains load(const float* values) {
    return {_mm256_loadu_ps(values), _mm256_loadu_ps(values + 8)};
  }
  static OCTAVO_INLINE Chains load_first(const float* values, size_t count) {
    alignas(32) float padded[kScoreChains] = {};
    for (size_t i = 0; i < count; ++i) padded[i] = values[i];
    return load(padded);
  }
  static OCTAVO_INLINE Chains add_products(const Chains& acc, const Chains& row, const Chains& query) {
    return {_mm256_fmadd_ps(row.low, query.low, acc.low), _mm256_fmadd_ps(row.high, query.high, acc.high)};
  }
  static OCTAVO_INLINE float total_of(const Chains& acc) {
    const __m256 eight = _mm256_add_ps(acc.low, acc.high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

}  // namespace

const ScoreF32Kernel kScoreF32Avx2 = {score_f32<Lanes256>};

}  // namespace octavo
