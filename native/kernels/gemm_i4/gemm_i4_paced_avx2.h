// Requests for memory that is needed later, spread over a tile's steps: a batch every so many steps, however short the
// groups are (measured: a batch for each group of 32 takes AVX-VNNI 3% longer).
#pragma once

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8_ahead_avx2.h"

namespace octavo {
namespace {

class PacedAhead {
 public:
  PacedAhead(const Ahead& ahead, size_t steps)
      : ahead_(ahead), lines_(steps == 0 ? 0 : (ahead.lines() * kBatchSteps + steps - 1) / steps) {}

  /// add(n) for parts of a group's steps, with the requests that are due between them.
  template <typename Add>
  OCTAVO_INLINE void run(size_t steps, const Add& add) {
    while (steps > 0) {
      if (due_ == 0) {
        ahead_.fetch(line_, lines_);
        line_ += lines_, due_ = kBatchSteps;
      }
      const size_t now = steps < due_ ? steps : due_;
      add(now);
      steps -= now, due_ -= now;
    }
  }

 private:
  static constexpr size_t kBatchSteps = 16;

  const Ahead& ahead_;
  size_t lines_, line_ = 0, due_ = 0;
};

}  // namespace
}  // namespace octavo
