// Hadamard rounds with AVX2: 64 values are 8 registers.
#include <immintrin.h>

#include "kernels/hadamard/hadamard_blocks_scalar.h"

namespace octavo {
namespace {

/// A fused product with 1 or -1 rounds as the addition or subtraction does.
struct Lanes256 {
  using Register = __m256;
  static constexpr size_t kLanes = 8;

  static OCTAVO_INLINE __m256 load(const float* x) { return _mm256_loadu_ps(x); }
  static OCTAVO_INLINE void store(float* y, __m256 v) { _mm256_storeu_ps(y, v); }
  static OCTAVO_INLINE __m256 all(float x) { return _mm256_set1_ps(x); }
  static OCTAVO_INLINE __m256 add(__m256 a, __m256 b) { return _mm256_add_ps(a, b); }
  static OCTAVO_INLINE __m256 sub(__m256 a, __m256 b) { return _mm256_sub_ps(a, b); }
  static OCTAVO_INLINE __m256 mul(__m256 a, __m256 b) { return _mm256_mul_ps(a, b); }
  static OCTAVO_INLINE __m256 flip(__m256 v, const uint32_t* signs) {
    return _mm256_xor_ps(v, _mm256_loadu_ps(reinterpret_cast<const float*>(signs)));
  }
  static OCTAVO_INLINE __m256 lane_stages(__m256 v) {
    const __m256 s1 = _mm256_setr_ps(1, -1, 1, -1, 1, -1, 1, -1), s2 = _mm256_setr_ps(1, 1, -1, -1, 1, 1, -1, -1);
    const __m256 s4 = _mm256_setr_ps(1, 1, 1, 1, -1, -1, -1, -1);
    v = _mm256_fmadd_ps(v, s1, _mm256_permute_ps(v, 0xB1));
    v = _mm256_fmadd_ps(v, s2, _mm256_permute_ps(v, 0x4E));
    return _mm256_fmadd_ps(v, s4, _mm256_permute2f128_ps(v, v, 1));
  }
};

}  // namespace

const HadamardKernel kHadamardAvx2 = {run_rows<Lanes256, true>, run_rows<Lanes256, false>};

}  // namespace octavo
