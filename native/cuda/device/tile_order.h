// The order in which tiles of C are computed: those computed at a time share rows and columns, which then are in the
// cache.
#pragma once

#include <cstddef>

#include "cuda/device/platform.h"

namespace octavo::device {

/// Bands of `band` tiles' height, column by column.
struct TileOrder {
  size_t down, across;  // tiles
  size_t band;

  OCTAVO_DEVICE size_t count() const { return down * across; }
  OCTAVO_DEVICE void place(size_t number, size_t* row, size_t* column) const {
    const size_t first = number / (band * across) * band;
    const size_t height = down - first < band ? down - first : band, within = number - first * across;
    *row = first + within % height;
    *column = within / height;
  }
};

}  // namespace octavo::device
