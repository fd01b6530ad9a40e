#include "cuda/scale_sums.h"

#include <climits>

namespace octavo::cuda {

Status scale_sums(Device& d, const device::ScaleSums& o) {
  using Tile = device::ScaleSumsTile;
  if (o.m == 0 || o.n == 0) return {};
  const size_t down = (o.m + Tile::kRows - 1) / Tile::kRows, across = (o.n + Tile::kColumns - 1) / Tile::kColumns;
  if (down > INT_MAX || across > UINT16_MAX)
    return Status::error(Code::kRange, "sums on the GPU have at most 65,535 times 2,048 columns");
  const auto bits = reinterpret_cast<uintptr_t>(o.sums) | reinterpret_cast<uintptr_t>(o.y);
  device::ScaleSums operands = o;
  unsigned aligned = o.n % 8 == 0 && bits % 16 == 0 ? 1 : 0;
  KernelLaunch launch{"scale_sums_f16"};
  launch.grid_x = static_cast<unsigned>(down);
  launch.grid_y = static_cast<unsigned>(across);
  launch.threads = Tile::kThreads;
  void* parameters[] = {&operands, &aligned};
  return d.launch(launch, parameters);
}

}  // namespace octavo::cuda
