// Memory that an x86 kernel brings closer while it computes, one line a step of k, so that it comes for free: the rows
// of C that the next tile writes, the rows that the next strip reads, and the strip's share of a later pass's panels.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {
namespace {

struct Lines {
  const char* first;
  size_t stride_bytes, count;
};

/// The lines that one tile fetches; `next_tile` moves on to those of the tile after it.
class Ahead {
 public:
  Ahead(const GemmI8Strip& s, size_t tile_columns) : tile_bytes_(tile_columns * element_bytes(s.output)) {
    const size_t tiles = (s.n + tile_columns - 1) / tile_columns;
    lines_[0] = {static_cast<const char*>(s.c) + tile_bytes_ - 1, s.c_stride * element_bytes(s.output), s.rows};
    for (size_t i = 0; i < 2; ++i)
      lines_[i + 1] = {static_cast<const char*>(s.ahead[i].data), kLineBytes, (s.ahead[i].lines + tiles - 1) / tiles};
  }

  void next_tile() {
    lines_[0].first += tile_bytes_;
    for (size_t i = 1; i < 3; ++i) lines_[i].first += lines_[i].count * kLineBytes;
  }

  /// Runs at most `steps` steps of k, each with one line; returns the number of steps that are left.
  template <typename Step>
  OCTAVO_INLINE size_t run_steps(size_t steps, const Step& step) const {
    for (const Lines& lines : lines_) {
      const size_t count = lines.count < steps ? lines.count : steps;
      const char* line = lines.first;
      for (size_t i = 0; i < count; ++i, line += lines.stride_bytes) {
        _mm_prefetch(line, _MM_HINT_T0);
        step();
      }
      steps -= count;
    }
    return steps;
  }

 private:
  static constexpr size_t kLineBytes = 64;
  size_t tile_bytes_;
  Lines lines_[3];
};

}  // namespace
}  // namespace octavo
