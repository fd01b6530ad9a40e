// Sums of one tile that several blocks computed parts of: each adds its own to memory that is zero before, and the last
// one takes the whole and leaves zeros. Sums are integers, so that it does not matter who comes when.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/memory_instructions.h"
#include "cuda/device/platform.h"

namespace octavo::device {

/// Zeros, between kernels: the tiles' sums, and for each how much of it has been added. Null where no tile is split.
struct MergeSpace {
  uint32_t *sums, *shares;
};

/// Says that this block has added `share` of the `whole` of a tile. True, in all of its threads, for the block that was
/// last. `shared`: a word of shared memory that nobody uses meanwhile.
OCTAVO_DEVICE bool is_last_share(const MergeSpace& space, size_t tile, uint32_t share, uint32_t whole,
                                 uint32_t* shared) {
  fence_memory();
  __syncthreads();  // all of the block's sums are added
  if (threadIdx.x == 0) {
    const bool last = count_in_memory(space.shares + tile, share) + share == whole;
    if (last) space.shares[tile] = 0;
    *shared = last ? 1 : 0;
  }
  __syncthreads();
  fence_memory();
  return *shared != 0;
}

/// A word of the merged sums, which is zero again.
OCTAVO_DEVICE uint32_t take_sum(uint32_t* from) {
  const uint32_t sum = read_from_memory(from);
  *from = 0;
  return sum;
}

/// Adds the kCount sums of each of the block's kThreads threads to a tile's. True for the last of `whole` blocks, whose
/// threads then have the whole sums.
template <int kThreads, int kCount>
OCTAVO_DEVICE bool merge_sums(int32_t (&sums)[kCount], const MergeSpace& space, size_t tile, uint32_t whole,
                              uint32_t* shared) {
  uint32_t* const own = space.sums + tile * (kThreads * kCount) + threadIdx.x;
#pragma unroll
  for (int i = 0; i < kCount; ++i) add_to_memory(own + i * kThreads, static_cast<uint32_t>(sums[i]));
  if (!is_last_share(space, tile, 1, whole, shared)) return false;
#pragma unroll
  for (int i = 0; i < kCount; ++i) sums[i] = static_cast<int32_t>(take_sum(own + i * kThreads));
  return true;
}

}  // namespace octavo::device
