// The arguments and the shape of codebook GEMM kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/words.h"

namespace octavo::device {

struct GemmLut4Operands {
  const Floats4* x;     // [m][group_quads][groups]; what lies beyond a group is not used
  const Words4* codes;  // [ceil(n / 4)][4][group_pieces][groups]: 32 codes, the first in the lowest bits
  const float* absmax;  // [n][groups]
  const float* table;   // 16 values
  size_t m, n;
  uint32_t group, groups;              // values of k in a group, and how many groups there are
  uint32_t group_pieces, group_quads;  // ceil(group / 32), ceil(group / 4)
  uint32_t tiles;                      // of 4 outputs: how many a block computes
  uint32_t span;                       // groups that it computes at once: tiles * span threads work
};

struct GemmLut4Tile {
  static constexpr int kThreads = 128, kOutputs = 4, kPieceValues = 32, kLanes = 32;
  /// Of the sums of one output in shared memory: odd, so that neighbours' chains read different banks.
  static constexpr uint32_t stride(uint32_t span) { return span | 1; }
  /// The most that outputs * stride can be.
  static constexpr uint32_t kSums = kOutputs * 2 * kThreads;
};

template <int kRows>
struct GemmLut4Shared {
  float table[16][GemmLut4Tile::kLanes];
  float absmax[GemmLut4Tile::kSums];
  float sums[kRows][GemmLut4Tile::kSums];
  float joined[kRows * GemmLut4Tile::kOutputs];  // what chains have come to, where a block is too small for all groups
};

}  // namespace octavo::device
