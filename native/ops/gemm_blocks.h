// How a quantized product is cut: into blocks for threads, blocks into passes over columns whose panels stay in cache,
// passes into strips of rows.
#pragma once

#include <algorithm>
#include <cstddef>

#include "core/sizes.h"
#include "kernels/gemm_i8/gemm_i8.h"
#include "ops/stage_rows.h"

namespace octavo {

/// A part of the product: rows by columns, columns starting at a whole pair of panels.
struct Block {
  RowRange rows;
  size_t n0, n1;
};

/// How a product is cut among threads: by rows where there are enough, else by columns.
struct Grid {
  size_t block_rows, block_columns, row_blocks, column_blocks, threads;

  size_t tickets() const { return row_blocks * column_blocks; }
  Block block(size_t ticket, size_t m, size_t n) const;
};

struct ProductShape {
  size_t m, n, k;
  size_t mr;                // rows of a strip
  size_t staged_row_bytes;  // of a row of A
};

Grid make_grid(const ProductShape& shape);

/// Columns whose panels stay in cache while all rows of a block meet them, and the columns of the pass that follows.
struct Pass {
  size_t n0, columns, next_n0, next_columns;
};

/// Columns of each of a block's passes, where a column of packed B takes so many bytes.
size_t pass_columns(size_t columns, size_t column_bytes);

/// run(pass) for each pass of a block, in order. A block of a single strip, of at most `mr` rows, is one pass: nobody
/// reads its panels again.
template <typename Run>
void each_pass(const Block& block, size_t mr, size_t column_bytes, const Run& run) {
  const size_t all = block.n1 - block.n0, columns = block.rows.count <= mr ? all : pass_columns(all, column_bytes);
  for (size_t n0 = block.n0; n0 < block.n1; n0 += columns) {
    const size_t n1 = std::min(n0 + columns, block.n1), next = n1 < block.n1 ? n1 : block.n0;
    run(Pass{n0, n1 - n0, next, std::min(columns, block.n1 - next)});
  }
}

/// Rows of the next strip: `left` rows in as few strips as possible, as equal as possible.
inline size_t strip_rows(size_t left, size_t mr) { return left == 0 ? 0 : divide_up(left, divide_up(left, mr)); }

/// run(strip, next) for each strip of `rows` rows, in order, with the rows of the strip that follows.
template <typename Run>
void each_strip(size_t count, size_t mr, const Run& run) {
  size_t rows = strip_rows(count, mr);
  for (size_t r = 0, next = 0; r < count; r += rows, rows = next) {
    next = strip_rows(count - r - rows, mr);
    run(RowRange{r, rows}, RowRange{r + rows, next});
  }
}

/// Packed B: panels one after the other.
struct PanelMemory {
  const char* data;
  size_t column_bytes;
};

/// The part of the next pass's panels that `rows` of the block's `total` bring closer, so that no strip has to wait for
/// memory: each takes its share while it computes on what is in cache already.
GemmI8Ahead share_ahead(const PanelMemory& b, const Pass& pass, RowRange rows, size_t total);

/// The epilogue seen from column n0 and, for pointers that cover all rows, from row `first`.
GemmI8Epilogue narrow_epilogue(GemmI8Epilogue e, size_t first, size_t n0);

}  // namespace octavo
