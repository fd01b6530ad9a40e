// What the int4 GEMMs for ARM have in common whose tiles take all rows of a strip at once: strips of tiles, tiles of
// groups. A `Tile<R, C>` of R rows and C vectors of 4 columns has
//   start(s, b)     begins at the first row and value of k; `b` is where the tile's columns begin in their panel
//   clear()         sets the sums to 0
//   add_steps(n)    adds the products of n steps
//   take_sums(sums) gives the sums row by row
#pragma once

#include <arm_neon.h>

#include "core/unroll.h"
#include "kernels/gemm_i4/gemm_i4.h"
#include "kernels/gemm_i4/gemm_i4_store_neon.h"

namespace octavo {
namespace {

/// values += all groups of the columns from j on. A function of its own: the compiler takes no values into registers
/// that the sums need.
template <template <int, int> class Tile, int R, int C>
[[gnu::noinline]] void add_groups(const GemmI4Strip& s, size_t j, float* values) {
  const uint8_t* panel = reinterpret_cast<const uint8_t*>(s.b) + j / kInt4Columns * int4_panel_bytes(s.k, s.groups);
  Tile<R, C> tile;
  tile.start(s, panel + j % kInt4Columns * 4);
  GroupWalk walk(s);
  for (size_t g = 0; g < s.groups; ++g) {
    tile.clear();
    tile.add_steps(walk.next(&tile.b));
    int32x4_t sums[R][C];
    tile.take_sums(sums);
    add_group<R, C>({s, g, 0, j, walk.scales}, sums, values);
  }
}

/// 5 rows and more take half a panel at a time: the sums of a whole one would be most of the registers.
template <template <int, int> class Tile, int R>
void strip(const GemmI4Strip& s) {
  constexpr int C = R > 4 ? 2 : 4;
  for (size_t j = 0; j < s.n; j += 4 * C) {
    float values[R * C * 4] = {};
    add_groups<Tile, R, C>(s, j, values);
    store_tile(s, {0, R, j, 4 * C, values});
  }
}

constexpr size_t kStripRows = 8;

/// One strip of up to kStripRows rows.
template <template <int, int> class Tile>
void run_strip(const GemmI4Strip& s) {
  static constexpr void (*kStrips[kStripRows])(const GemmI4Strip&) = {strip<Tile, 1>, strip<Tile, 2>, strip<Tile, 3>,
                                                                      strip<Tile, 4>, strip<Tile, 5>, strip<Tile, 6>,
                                                                      strip<Tile, 7>, strip<Tile, 8>};
  kStrips[s.rows - 1](s);
}

}  // namespace
}  // namespace octavo
