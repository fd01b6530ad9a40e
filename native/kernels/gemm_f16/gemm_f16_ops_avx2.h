// AVX2 as the tiles of panels name it: a vector of 16 columns is two registers.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"

namespace octavo {
namespace {

struct Ops256 {
  using Vector = __m256;
  static constexpr int kLanes = 8, kParts = 2;
  static constexpr size_t kNr = 16;
  static constexpr bool kManyRegisters = false;
  static OCTAVO_INLINE Vector zero() { return _mm256_setzero_ps(); }
  static OCTAVO_INLINE Vector load(const float* from) { return _mm256_loadu_ps(from); }
  static OCTAVO_INLINE void store(float* to, Vector values) { _mm256_storeu_ps(to, values); }
  static OCTAVO_INLINE Vector broadcast(const float* from) { return _mm256_broadcast_ss(from); }
  static OCTAVO_INLINE Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
  static OCTAVO_INLINE void forget() {
#ifdef __GNUC__
    asm volatile("" ::: "memory");
#endif
  }
  static OCTAVO_INLINE void prefetch(const void* at) { _mm_prefetch(static_cast<const char*>(at), _MM_HINT_T0); }
};

}  // namespace
}  // namespace octavo
