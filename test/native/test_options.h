// What the environment may ask of the native tests. Emulators run them on a reduced grid.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <vector>

namespace octavo_test {

/// True where OCTAVO_TEST_GRID is "reduced": of every grid, one size each side of every edge of a tile, and fewer
/// random values. What it leaves out, the full grid has on the same kernels.
bool reduced_grid();

/// True where OCTAVO_TEST_GUARDS is "writes": guard pages can be read. An emulator that reads what the mask of a load
/// leaves out would end at them; writes still do.
bool readable_guards();

/// The first reason why a variable of the tests has no meaning; nullptr if all have one.
const char* wrong_option();

/// What to take of the grid: `reduced` where that is asked for.
template <typename T>
T full_or(T full, T reduced) {
  return reduced_grid() ? reduced : full;
}

inline std::vector<size_t> sizes(std::initializer_list<size_t> full, std::initializer_list<size_t> reduced) {
  return reduced_grid() ? reduced : full;
}

}  // namespace octavo_test
