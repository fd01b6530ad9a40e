// Which int8 kernel takes a product on a GPU, and how it is cut into blocks.
#pragma once

#include <cstddef>
#include <span>

#include "cuda/device.h"
#include "cuda/gemm_i8.h"

namespace octavo::cuda {

/// A kernel as native/cuda/kernels/ builds it, and its costs in cycles of a multiprocessor that does nothing else: what
/// they are made of is in gemm_i8_plan.cc.
struct GemmI8Tiling {
  GemmI8Path path;
  const char *name, *signed_kernel, *unsigned_kernel;
  size_t rows, columns, depth;  // of a tile; of a step along k
  unsigned threads, cluster;    // threads of a block, blocks that compute a tile
  size_t shared_bytes;
  unsigned step_cycles, tile_cycles, merge_cycles, most_splits;
};

/// All of them, the slowest first.
std::span<const GemmI8Tiling> gemm_i8_tilings();

struct GemmI8Plan {
  const GemmI8Tiling* tiling = nullptr;  // null: the path asked for does not take the product
  size_t tiles = 0;
  size_t blocks = 0;  // for each of `splits` parts of k
  unsigned splits = 1;
  bool merges = false;  // several blocks have parts of one tile
};

/// The plan of least cost (kOwn), or that of one path.
GemmI8Plan plan_gemm_i8(const DeviceInfo& info, size_t m, size_t n, size_t k, GemmI8Path path);

}  // namespace octavo::cuda
