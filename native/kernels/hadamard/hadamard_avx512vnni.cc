// Hadamard rounds with AVX-512: 128 values are 8 registers.
#include <immintrin.h>

#include "kernels/hadamard/hadamard_blocks_scalar.h"

namespace octavo {
namespace {

/// A fused product with 1 or -1 rounds as the addition or subtraction does.
struct Lanes512 {
  using Register = __m512;
  static constexpr size_t kLanes = 16;

  static OCTAVO_INLINE __m512 load(const float* x) { return _mm512_loadu_ps(x); }
  static OCTAVO_INLINE void store(float* y, __m512 v) { _mm512_storeu_ps(y, v); }
  static OCTAVO_INLINE __m512 all(float x) { return _mm512_set1_ps(x); }
  static OCTAVO_INLINE __m512 add(__m512 a, __m512 b) { return _mm512_add_ps(a, b); }
  static OCTAVO_INLINE __m512 sub(__m512 a, __m512 b) { return _mm512_sub_ps(a, b); }
  static OCTAVO_INLINE __m512 mul(__m512 a, __m512 b) { return _mm512_mul_ps(a, b); }
  static OCTAVO_INLINE __m512 flip(__m512 v, const uint32_t* signs) {
    return _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(v), _mm512_loadu_si512(signs)));
  }
  static OCTAVO_INLINE __m512 lane_stages(__m512 v) {
    const __m512 s1 = _mm512_setr_ps(1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1);
    const __m512 s2 = _mm512_setr_ps(1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1);
    const __m512 s4 = _mm512_setr_ps(1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1);
    const __m512 s8 = _mm512_setr_ps(1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1);
    v = _mm512_fmadd_ps(v, s1, _mm512_permute_ps(v, 0xB1));
    v = _mm512_fmadd_ps(v, s2, _mm512_permute_ps(v, 0x4E));
    v = _mm512_fmadd_ps(v, s4, _mm512_shuffle_f32x4(v, v, 0xB1));
    return _mm512_fmadd_ps(v, s8, _mm512_shuffle_f32x4(v, v, 0x4E));
  }
};

}  // namespace

const HadamardKernel kHadamardAvx512vnni = {run_rows<Lanes512, true>, run_rows<Lanes512, false>};

}  // namespace octavo
