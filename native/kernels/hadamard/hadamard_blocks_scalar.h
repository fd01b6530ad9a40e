// Rounds on vector registers: stages inside a register, then between registers, then passes over memory. The order of a
// stage's additions does not matter, as each takes two values of the stage before.
#pragma once

#include "core/unroll.h"
#include "kernels/hadamard/hadamard_scalar.h"

namespace octavo {
namespace {

/// Stages between R registers: of h = 1, 2, ... registers.
template <typename V, int R>
OCTAVO_INLINE void register_stages(typename V::Register (&t)[R]) {
  unroll<3>([&](auto stage) OCTAVO_INLINE_LAMBDA {
    constexpr int h = 1 << stage;
    if constexpr (h < R)
      unroll<R / 2>([&](auto pair) OCTAVO_INLINE_LAMBDA {
        constexpr int j = pair / h * 2 * h + pair % h;
        const typename V::Register a = t[j], b = t[j + h];
        t[j] = V::add(a, b);
        t[j + h] = V::sub(a, b);
      });
  });
}

/// What happens to values before the first and after the last stage of a row.
template <typename V, bool kForward>
struct RoundEnds {
  const HadamardRound& round;
  bool scaled;
  typename V::Register factor, row_scale;

  RoundEnds(const HadamardRound& how, size_t row)
      : round(how),
        scaled(how.row_scale != nullptr),
        factor(V::all(how.factor)),
        row_scale(V::all(how.row_scale == nullptr ? 1.0f : how.row_scale[row])) {}
  OCTAVO_INLINE typename V::Register first(typename V::Register x, size_t at) const {
    if (!kForward) return x;
    return V::flip(scaled ? V::mul(x, row_scale) : x, round.signs + at);
  }
  OCTAVO_INLINE typename V::Register last(typename V::Register t, size_t at) const {
    const typename V::Register y = V::mul(t, factor);
    if (kForward) return y;
    const typename V::Register signed_y = V::flip(y, round.signs + at);
    return scaled ? V::mul(signed_y, row_scale) : signed_y;
  }
};

/// All stages within blocks of R registers.
template <typename V, int R, bool kForward>
OCTAVO_INLINE void run_blocks(const float* x, float* y, size_t count, const RoundEnds<V, kForward>& ends) {
  constexpr size_t kBlock = R * V::kLanes;
  for (size_t at = 0; at < count; at += kBlock) {
    typename V::Register t[R];
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const size_t i = at + r * V::kLanes;
      t[r] = V::lane_stages(ends.first(V::load(x + i), i));
    });
    register_stages<V, R>(t);
    const bool done = count == kBlock;
    unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
      const size_t i = at + r * V::kLanes;
      V::store(y + i, done ? ends.last(t[r], i) : t[r]);
    });
  }
}

/// Stages h, 2 h, ... of R parts that are h values apart.
template <typename V, int R, bool kForward>
OCTAVO_INLINE void run_pass(float* y, size_t count, size_t h, const RoundEnds<V, kForward>& ends) {
  const bool done = R * h == count;
  for (size_t group = 0; group < count; group += R * h)
    for (size_t at = group; at < group + h; at += V::kLanes) {
      typename V::Register t[R];
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { t[r] = V::load(y + at + r * h); });
      register_stages<V, R>(t);
      unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
        const size_t i = at + r * h;
        V::store(y + i, done ? ends.last(t[r], i) : t[r]);
      });
    }
}

template <typename V, bool kForward>
OCTAVO_INLINE void run_passes(float* y, size_t count, size_t h, const RoundEnds<V, kForward>& ends) {
  for (; 8 * h <= count; h *= 8) run_pass<V, 8, kForward>(y, count, h, ends);
  if (4 * h == count) run_pass<V, 4, kForward>(y, count, h, ends);
  if (2 * h == count) run_pass<V, 2, kForward>(y, count, h, ends);
}

template <typename V, bool kForward>
void run_row(const float* x, float* y, size_t count, const HadamardRound& round, size_t row) {
  const RoundEnds<V, kForward> ends(round, row);
  const size_t registers = count / V::kLanes;
  if (registers >= 8) {
    run_blocks<V, 8, kForward>(x, y, count, ends);
    run_passes<V, kForward>(y, count, 8 * V::kLanes, ends);
  } else if (registers == 4) {
    run_blocks<V, 4, kForward>(x, y, count, ends);
  } else if (registers == 2) {
    run_blocks<V, 2, kForward>(x, y, count, ends);
  } else {
    run_blocks<V, 1, kForward>(x, y, count, ends);
  }
}

/// A kernel. V has a register of kLanes values, and what is done with it.
template <typename V, bool kForward>
void run_rows(const HadamardRows& rows, const HadamardRound& round) {
  if (rows.count < V::kLanes) return for_rows<kForward ? forward_row : backward_row>(rows, round);
  for (size_t r = 0; r < rows.rows; ++r)
    run_row<V, kForward>(rows.x + r * rows.x_stride, rows.y + r * rows.y_stride, rows.count, round, r);
}

}  // namespace
}  // namespace octavo
