// Memory that an x86 kernel brings closer while it computes, one line a step of k, so that it comes for free: the rows
// of C and of the residual for the tile's end, the rows that the next strip reads, and the strip's share of a later
// pass's panels.
#pragma once

#include <immintrin.h>

#include "core/unroll.h"
#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {
namespace {

struct Lines {
  const char* first;
  size_t count, stride_bytes;
  size_t tile_bytes;  // from a tile's lines to those of the next
};

/// The lines that one tile fetches; `next_tile` moves on to those of the tile after it.
class Ahead {
 public:
  Ahead(const GemmI8Strip& s, size_t tile_columns) {
    const GemmI8Epilogue& e = *s.epilogue;
    lines_[0] = rows_of(s.c, element_bytes(s.output), s.c_stride, tile_columns, s.rows);
    lines_[1] = e.residual ? rows_of(e.residual, sizeof(float), e.residual_stride, tile_columns, s.rows) : Lines();
    const size_t tiles = (s.n + tile_columns - 1) / tile_columns;
    for (size_t i = 0; i < 2; ++i) {
      const size_t count = (s.ahead[i].lines + tiles - 1) / tiles;
      lines_[i + 2] = {static_cast<const char*>(s.ahead[i].data), count, kLineBytes, count * kLineBytes};
    }
  }

  void next_tile() {
    for (Lines& lines : lines_) lines.first += lines.tile_bytes;
  }

  /// Lines of one tile.
  size_t lines() const {
    size_t sum = 0;
    for (const Lines& lines : lines_) sum += lines.count;
    return sum;
  }

  /// Fetches up to `count` lines of the tile from its line number `from` on.
  OCTAVO_INLINE void fetch(size_t from, size_t count) const {
    for (const Lines& lines : lines_) {
      for (; from < lines.count && count > 0; ++from, --count)
        _mm_prefetch(lines.first + from * lines.stride_bytes, _MM_HINT_T0);
      if (count == 0) return;
      from -= lines.count;
    }
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
  /// The last lines of a tile's rows: the others follow those of the tile before, which the processor notices.
  static Lines rows_of(const void* first, size_t value_bytes, size_t stride, size_t columns, size_t rows) {
    const size_t tile_bytes = columns * value_bytes;
    return {static_cast<const char*>(first) + tile_bytes - 1, rows, stride * value_bytes, tile_bytes};
  }

  Lines lines_[4];
};

}  // namespace
}  // namespace octavo
