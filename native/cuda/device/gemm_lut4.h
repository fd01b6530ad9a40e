// float32 x 4-bit codebook GEMM on a GPU, by the definition of kernels/gemm_lut4/gemm_lut4.h: for each group a chain of
// fused multiply-adds over its inputs, and over the groups' sums and magnitudes another.
//
// A thread runs the chains of one group for 4 outputs: neighbours take neighbouring groups, so that codes and inputs,
// which are laid out for it, come 16 bytes a thread from neighbouring addresses. The table lies in shared memory once
// for each lane, in the lane's own bank.
#pragma once

#include "core/fused_multiply_add.h"
#include "cuda/device/gemm_lut4_operands.h"
#include "cuda/device/lane_instructions.h"
#include "cuda/device/platform.h"

namespace octavo::device {

/// The sums of one group for 4 outputs and some rows.
template <int kRows>
struct Lut4Sums4 {
  float acc[kRows][GemmLut4Tile::kOutputs] = {};

  /// Adds the values p .. p + 3 of the group, those below its end, whose codes are the lowest of the words.
  template <bool kWhole>
  OCTAVO_DEVICE void add(const Floats4 (&x)[kRows], const uint32_t (&codes)[GemmLut4Tile::kOutputs],
                         const float (*table)[GemmLut4Tile::kLanes], uint32_t left) {
    const unsigned lane = threadIdx.x % GemmLut4Tile::kLanes;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      if (!kWhole && static_cast<uint32_t>(i) >= left) return;
#pragma unroll
      for (int j = 0; j < GemmLut4Tile::kOutputs; ++j) {
        const float w = table[codes[j] >> (4 * i) & 15][lane];
#pragma unroll
        for (int r = 0; r < kRows; ++r) acc[r][j] = fused_multiply_add(x[r].values[i], w, acc[r][j]);
      }
    }
  }
};

/// The codes of one piece of a group, of 4 outputs.
struct Lut4Codes {
  Words4 of[GemmLut4Tile::kOutputs];
};

/// Where a thread works: which 4 outputs, which group.
struct Lut4Place {
  size_t tile;
  uint32_t g;
  bool works;
};

OCTAVO_DEVICE Lut4Codes fetch_codes(const GemmLut4Operands& o, const Lut4Place& at, uint32_t piece) {
  Lut4Codes codes = {};
  if (!at.works || piece >= o.group_pieces) return codes;
#pragma unroll
  for (int j = 0; j < GemmLut4Tile::kOutputs; ++j)
    codes.of[j] =
        o.codes[((at.tile * GemmLut4Tile::kOutputs + static_cast<size_t>(j)) * o.group_pieces + piece) * o.groups +
                at.g];
  return codes;
}

/// A piece of a group: 32 values or, at its end, fewer.
template <bool kWhole, int kRows>
OCTAVO_DEVICE void add_piece(const GemmLut4Operands& o, const Floats4* const (&x)[kRows], const Lut4Codes& codes,
                             uint32_t first, const float (*table)[GemmLut4Tile::kLanes], Lut4Sums4<kRows>& sums) {
#pragma unroll
  for (uint32_t part = 0; part < 8; ++part) {
    const uint32_t p = first + part * 4;
    if (!kWhole && p >= o.group) return;
    Floats4 values[kRows];
#pragma unroll
    for (int r = 0; r < kRows; ++r) values[r] = x[r][size_t{p / 4} * o.groups];
    uint32_t words[GemmLut4Tile::kOutputs];
#pragma unroll
    for (int j = 0; j < GemmLut4Tile::kOutputs; ++j) words[j] = codes.of[j].words[part / 2] >> (part % 2 * 16);
    sums.template add<kWhole>(values, words, table, o.group - p);
  }
}

/// A thread's group from its first value to its last.
template <int kRows>
OCTAVO_DEVICE void add_group(const GemmLut4Operands& o, const Lut4Place& at, size_t row,
                             const float (*table)[GemmLut4Tile::kLanes], Lut4Sums4<kRows>& sums) {
  const Floats4* x[kRows];
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const size_t from = row + static_cast<size_t>(r) < o.m ? row + static_cast<size_t>(r) : row;
    x[r] = o.x + from * o.group_quads * o.groups + at.g;
  }
  Lut4Codes codes = fetch_codes(o, at, 0);
  for (uint32_t piece = 0; piece < o.group_pieces; ++piece) {
    const Lut4Codes next = fetch_codes(o, at, piece + 1);
    const uint32_t first = piece * GemmLut4Tile::kPieceValues;
    if (first + GemmLut4Tile::kPieceValues <= o.group)
      add_piece<true>(o, x, codes, first, table, sums);
    else
      add_piece<false>(o, x, codes, first, table, sums);
    codes = next;
  }
}

/// A thread's sums and magnitudes to shared memory.
template <int kRows>
OCTAVO_DEVICE void share_sums(const GemmLut4Operands& o, const Lut4Place& at, const Lut4Sums4<kRows>& sums,
                              GemmLut4Shared<kRows>& shared) {
  const uint32_t stride = GemmLut4Tile::stride(o.span);
  const uint32_t output = threadIdx.x / o.span * GemmLut4Tile::kOutputs, place = threadIdx.x % o.span;
#pragma unroll
  for (uint32_t j = 0; j < GemmLut4Tile::kOutputs; ++j) {
    const size_t column = at.tile * GemmLut4Tile::kOutputs + j;
    shared.absmax[(output + j) * stride + place] = column < o.n ? o.absmax[column * o.groups + at.g] : 0.0f;
#pragma unroll
    for (int r = 0; r < kRows; ++r) shared.sums[r][(output + j) * stride + place] = sums.acc[r][j];
  }
}

/// Groups that a block has computed at once.
struct GroupSpan {
  uint32_t first, count;
};

/// Goes on with the chains over groups, and gives those that are at their end to store(row, column, f).
template <int kRows, typename Store>
OCTAVO_DEVICE void join_sums(const GemmLut4Operands& o, const GroupSpan& span, size_t row, size_t tile,
                             GemmLut4Shared<kRows>& shared, const Store& store) {
  using Tile = GemmLut4Tile;
  const uint32_t outputs = o.tiles * Tile::kOutputs, stride = Tile::stride(o.span);
  for (uint32_t chain = threadIdx.x; chain < outputs * kRows; chain += Tile::kThreads) {
    const uint32_t r = chain / outputs, output = chain - r * outputs;
    const float* const sums = &shared.sums[r][output * stride];
    const float* const absmax = &shared.absmax[output * stride];
    float f = span.first == 0 ? 0.0f : shared.joined[chain];
    for (uint32_t u = 0; u < span.count; ++u) f = fused_multiply_add(sums[u], absmax[u], f);
    if (span.first + span.count < o.groups)
      shared.joined[chain] = f;
    else
      store(row + r, tile * Tile::kOutputs + output, f);
  }
}

/// Computes rows row .. row + kRows - 1 of the outputs of `tiles` tiles from `tile` on, and gives each value to
/// store(row, column, f), within C or beyond it.
template <int kRows, typename Store>
OCTAVO_DEVICE void gemm_lut4(const GemmLut4Operands& o, size_t row, size_t tile, GemmLut4Shared<kRows>& shared,
                             const Store& store) {
  using Tile = GemmLut4Tile;
  uint32_t first = 0;
  do {
    const uint32_t here = o.groups - first < o.span ? o.groups - first : o.span;
    const Lut4Place at = {tile + threadIdx.x / o.span, first + threadIdx.x % o.span,
                          threadIdx.x < o.tiles * o.span && threadIdx.x % o.span < here &&
                              (tile + threadIdx.x / o.span) * Tile::kOutputs < o.n};
    Lut4Sums4<kRows> sums;
    if (at.works) add_group(o, at, row, shared.table, sums);
    __syncthreads();  // all chains have left the sums of before
    if (at.works) share_sums(o, at, sums, shared);
    __syncthreads();
    join_sums(o, {first, here}, row, tile, shared, store);
    first += o.span;
  } while (first < o.groups);
}

/// The table once for each lane.
template <int kRows>
OCTAVO_DEVICE void spread_table(const GemmLut4Operands& o, GemmLut4Shared<kRows>& shared) {
  for (unsigned i = threadIdx.x; i < 16 * GemmLut4Tile::kLanes; i += GemmLut4Tile::kThreads)
    shared.table[i / GemmLut4Tile::kLanes][i % GemmLut4Tile::kLanes] = o.table[i / GemmLut4Tile::kLanes];
  __syncthreads();
}

}  // namespace octavo::device
