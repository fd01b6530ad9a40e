// The arguments and the shape of int4 GEMM kernels: what the host fills and the device reads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/words.h"

namespace octavo::device {

struct GemmI4Operands {
  const int8_t* a;      // [m, k], rows a_stride bytes apart, which 8 divides; zeros from k to k rounded up to 8
  const Words4* codes;  // [n][pieces]: 8 values of k a word, value b in the low half of byte b, b + 4 in the high
  const float* scales;  // [n][groups]
  const uint8_t* zero_points;  // [n][groups], or null: all are 8
  size_t m, n, a_stride;
  uint32_t k, group, groups;  // values of k in all and in a group, a multiple of 8
  uint32_t group_pieces;      // of a group: ceil(group / 32)
  uint32_t unit_pieces;       // the largest power of two up to 32 that divides group_pieces
};

struct GemmI4Tile {
  static constexpr int kThreads = 256, kOutputs = 16, kPieces = 64, kPieceValues = 32;
  static constexpr int kPerThread = kOutputs * kPieces / kThreads, kApart = kThreads / kPieces;
  static constexpr int kSumStride = kPieces + 1;  // odd: the chains of neighbours read different banks
};

template <int kRows>
struct GemmI4Shared {
  Words4 a[kRows][2][GemmI4Tile::kPieces];  // the halves of pieces apart, so that no two lanes share a bank
  uint32_t sums[kRows][GemmI4Tile::kOutputs][GemmI4Tile::kSumStride];
  float scales[GemmI4Tile::kOutputs][GemmI4Tile::kSumStride];
};

}  // namespace octavo::device
