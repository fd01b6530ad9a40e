// Loops unrolled in the source, so that arrays of vector registers are indexed by constants only. A compiler that
// unrolls such a loop later than it assigns registers keeps the array on the stack: half the speed.
#pragma once

#include <utility>

#include "core/anywhere.h"

#define OCTAVO_INLINE OCTAVO_ANYWHERE inline __attribute__((always_inline))
#define OCTAVO_INLINE_LAMBDA __attribute__((always_inline))

namespace octavo {
namespace {

template <typename Body, int... I>
OCTAVO_INLINE void unroll_sequence(Body&& body, std::integer_sequence<int, I...>) {
  (body(std::integral_constant<int, I>{}), ...);
}

/// body(std::integral_constant<int, i>) for i = 0 .. N - 1.
template <int N, typename Body>
OCTAVO_INLINE void unroll(Body&& body) {
  unroll_sequence(body, std::make_integer_sequence<int, N>{});
}

/// body(r, p) for all r below R and p below P, row by row.
template <int R, int P, typename Body>
OCTAVO_INLINE void unroll_tile(Body&& body) {
  unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { body(r, p); }); });
}

}  // namespace
}  // namespace octavo
