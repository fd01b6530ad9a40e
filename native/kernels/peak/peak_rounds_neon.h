// Rounds of a product of bytes on 16 independent accumulators: the peak of the kernel sets that have an instruction for
// it.
#pragma once

#include <arm_neon.h>

#include <cstddef>

#include "core/unroll.h"

namespace octavo {
namespace {

constexpr int kChains = 16;

/// The compiler must not know this value: equal chains would become one.
template <typename V>
OCTAVO_INLINE void hide(V& value) {
  asm volatile("" : "+w"(value));
}

/// Operations of `iterations` rounds; product(acc, a, b) adds `multiply_adds` products.
template <typename Product>
OCTAVO_INLINE double peak_rounds(size_t iterations, int multiply_adds, Product product) {
  int32x4_t acc[kChains];
  int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(2);
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA {
    acc[c] = vdupq_n_s32(0);
    hide(acc[c]);
  });
  for (size_t i = 0; i < iterations; ++i) {
    hide(a);
    hide(b);
    unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { acc[c] = product(acc[c], a, b); });
  }
  unroll<kChains>([&](auto c) OCTAVO_INLINE_LAMBDA { hide(acc[c]); });
  return 2.0 * multiply_adds * kChains * static_cast<double>(iterations);
}

}  // namespace
}  // namespace octavo
