// int4 x int8 GEMM on a GPU, by the definition of kernels/gemm_i4/gemm_i4.h: exact sums of groups, which one chain of
// fused multiply-adds for each output scales and joins, groups ascending.
//
// Few rows of A meet 4-bit codes that are read once, 16 bytes a thread, neighbours in memory by neighbouring threads.
// What a thread multiplies is a piece of 32 values of k; groups are padded to whole pieces with zeros. Pieces of a
// group are added up within a warp as far as they come in powers of two, and wait in shared memory for their output's
// chain.
#pragma once

#include "core/fused_multiply_add.h"
#include "cuda/device/gemm_i4_operands.h"
#include "cuda/device/lane_instructions.h"
#include "cuda/device/platform.h"

namespace octavo::device {

/// What a thread has asked memory for: its piece of some outputs, and its part of the rows of A.
template <int kRows>
struct GemmI4Fetched {
  Words4 codes[GemmI4Tile::kPerThread];
  float scales[GemmI4Tile::kPerThread];
  uint32_t zeros[GemmI4Tile::kPerThread];
  Words2 a[kRows];
};

/// 8 values of a row from piece `piece` on, the `part`-th of its four; zeros where the group or k ends before.
OCTAVO_DEVICE Words2 values_of_piece(const GemmI4Operands& o, size_t row, uint32_t piece, uint32_t part) {
  const uint32_t g = piece / o.group_pieces,
                 in_group = (piece - g * o.group_pieces) * GemmI4Tile::kPieceValues + part * 8;
  const uint32_t p = g * o.group + in_group;
  if (row >= o.m || g >= o.groups || in_group >= o.group || p >= o.k) return {};
  return *reinterpret_cast<const Words2*>(o.a + row * o.a_stride + p);
}

template <int kRows>
OCTAVO_DEVICE void fetch_pieces(const GemmI4Operands& o, size_t row, size_t column, uint32_t first,
                                GemmI4Fetched<kRows>* to) {
  using Tile = GemmI4Tile;
  const uint32_t pieces = o.groups * o.group_pieces, piece = first + threadIdx.x % Tile::kPieces;
  const uint32_t g = piece / o.group_pieces;
#pragma unroll
  for (int i = 0; i < Tile::kPerThread; ++i) {
    const size_t j = column + threadIdx.x / Tile::kPieces + static_cast<size_t>(i * Tile::kApart);
    const bool inside = piece < pieces && j < o.n;
    to->codes[i] = inside ? o.codes[j * pieces + piece] : Words4{};
    to->scales[i] = inside ? o.scales[j * o.groups + g] : 0.0f;
    to->zeros[i] = inside && o.zero_points != nullptr ? o.zero_points[j * o.groups + g] : 8;
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r)
    to->a[r] = values_of_piece(o, row + static_cast<size_t>(r), first + threadIdx.x / 4, threadIdx.x % 4);
}

/// One piece of one output and row: sum of a (w - zero), a_sum being the sum of a.
OCTAVO_DEVICE uint32_t multiply_codes(const Words4& codes, const Words4 (&a)[2], uint32_t zero, uint32_t a_sum) {
  uint32_t sum = 0u - zero * a_sum;
#pragma unroll
  for (int w = 0; w < 4; ++w) {
    sum = dot_bytes(a[w / 2].words[w % 2 * 2], codes.words[w] & 0x0F0F0F0Fu, sum);
    sum = dot_bytes(a[w / 2].words[w % 2 * 2 + 1], codes.words[w] >> 4 & 0x0F0F0F0Fu, sum);
  }
  return sum;
}

/// The sums of all pieces that were fetched, unit by unit, to shared memory.
template <int kRows>
OCTAVO_DEVICE void multiply_pieces(const GemmI4Operands& o, const GemmI4Fetched<kRows>& from,
                                   GemmI4Shared<kRows>& shared) {
  using Tile = GemmI4Tile;
  const unsigned piece = threadIdx.x % Tile::kPieces, output = threadIdx.x / Tile::kPieces;
  const unsigned unit = piece / o.unit_pieces;
  const bool stores = piece % o.unit_pieces == 0;
#pragma unroll 1  // codes that are taken apart for all rows at once do not fit the registers
  for (int r = 0; r < kRows; ++r) {
    const Words4 a[2] = {shared.a[r][0][piece], shared.a[r][1][piece]};
    uint32_t a_sum = 0;
#pragma unroll
    for (int w = 0; w < 8; ++w) a_sum = dot_bytes(a[w / 4].words[w % 4], 0x01010101u, a_sum);
#pragma unroll
    for (int i = 0; i < Tile::kPerThread; ++i) {
      uint32_t sum = multiply_codes(from.codes[i], a, from.zeros[i], a_sum);
      for (unsigned mask = 1; mask < o.unit_pieces; mask *= 2) sum += shuffle_xor(sum, mask);
      if (stores) shared.sums[r][output + i * Tile::kApart][unit] = sum;
    }
  }
#pragma unroll
  for (int i = 0; i < Tile::kPerThread; ++i)
    if (stores) shared.scales[output + i * Tile::kApart][unit] = from.scales[i];
}

/// The chain of one output: what its groups have come to so far.
struct GroupChain {
  float f = 0;
  uint32_t sum = 0, units = 0;  // of the present group

  OCTAVO_DEVICE void add(const uint32_t* sums, const float* scales, uint32_t count, uint32_t group_units) {
    for (uint32_t u = 0; u < count; ++u) {
      sum += sums[u];
      if (++units < group_units) continue;
      f = fused_multiply_add(static_cast<float>(static_cast<int32_t>(sum)), scales[u], f);
      sum = units = 0;
    }
  }
};

/// Computes rows row .. row + kRows - 1 and 16 columns from `column` on, and gives each value to store(row, column, f),
/// within C or beyond it.
template <int kRows, typename Store>
OCTAVO_DEVICE void gemm_i4(const GemmI4Operands& o, size_t row, size_t column, GemmI4Shared<kRows>& shared,
                           Store&& store) {
  using Tile = GemmI4Tile;
  const uint32_t pieces = o.groups * o.group_pieces;
  const unsigned output = threadIdx.x % Tile::kOutputs, output_row = threadIdx.x / Tile::kOutputs;
  GroupChain chain;
  GemmI4Fetched<kRows> fetched;
  if (pieces > 0) fetch_pieces(o, row, column, 0, &fetched);
  for (uint32_t first = 0; first < pieces; first += Tile::kPieces) {
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const unsigned part = threadIdx.x % 4;
      reinterpret_cast<Words2*>(&shared.a[r][part / 2][threadIdx.x / 4])[part % 2] = fetched.a[r];
    }
    __syncthreads();  // the rows are there for all, and all chains have left the sums of before
    multiply_pieces(o, fetched, shared);
    if (first + Tile::kPieces < pieces) fetch_pieces(o, row, column, first + Tile::kPieces, &fetched);
    __syncthreads();  // the sums are there, and all have left the rows
    const uint32_t here = pieces - first < Tile::kPieces ? pieces - first : Tile::kPieces;
    if (output_row < kRows)
      chain.add(shared.sums[output_row][output], shared.scales[output], here / o.unit_pieces,
                o.group_pieces / o.unit_pieces);
  }
  if (output_row < kRows) store(row + output_row, column + output, chain.f);
}

}  // namespace octavo::device
