// AVX-512 as the tiles of panels name it: a vector of 16 columns is one register.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"

namespace octavo {
namespace {

struct Ops512 {
  using Vector = __m512;
  static constexpr int kLanes = 16, kParts = 1;
  static constexpr size_t kNr = 16;
  static constexpr bool kManyRegisters = true;
  static OCTAVO_INLINE Vector zero() { return _mm512_setzero_ps(); }
  static OCTAVO_INLINE Vector load(const float* from) { return _mm512_loadu_ps(from); }
  static OCTAVO_INLINE void store(float* to, Vector values) { _mm512_storeu_ps(to, values); }
  static OCTAVO_INLINE Vector broadcast(const float* from) { return _mm512_set1_ps(*from); }
  static OCTAVO_INLINE Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
  static OCTAVO_INLINE void prefetch(const void* at) { _mm_prefetch(static_cast<const char*>(at), _MM_HINT_T0); }
};

}  // namespace
}  // namespace octavo
