// int32 sums to float16: near what copying as many bytes takes.
#include "cuda/device/scale_sums.h"

namespace octavo::device {

/// blockIdx.x counts pieces of ScaleSumsTile::kRows rows, blockIdx.y those of kColumns columns.
OCTAVO_KERNEL(scale_sums_f16, ScaleSumsTile::kThreads)(const ScaleSums o, const unsigned aligned) {
  using Tile = ScaleSumsTile;
  const size_t first = size_t{blockIdx.x} * Tile::kRows,
               column = size_t{blockIdx.y} * Tile::kColumns + size_t{threadIdx.x} * Tile::kEach;
  const size_t last = first + Tile::kRows < o.m ? first + Tile::kRows : o.m;
  if (column >= o.n) return;
  if (aligned != 0) {
    scale_eight(o, first, last, column);
  } else {
    scale_each(o, first, last, column);
  }
}
OCTAVO_REGISTER(scale_sums_f16)

}  // namespace octavo::device
