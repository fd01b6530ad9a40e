// float32 x float32, float16 or bfloat16 GEMM on a GPU, by the definition of kernels/gemm_f32/gemm_f32.h: one chain of
// fused multiply-adds for each output, inputs ascending, over weights that are widened exactly.
//
// A block computes some rows and 64 columns in steps of 128 bytes of the rows of W, which wait in shared memory in a
// ring; a thread runs the chains of one column.
#pragma once

#include "core/fused_multiply_add.h"
#include "cuda/device/gemm_float_operands.h"
#include "cuda/device/lane_instructions.h"
#include "cuda/device/matrix_instructions.h"

namespace octavo::device {

struct Float32Words {
  static constexpr int kPerChunk = 4;
  OCTAVO_DEVICE static float value(const Words4& chunk, int i) { return float_of_bits(chunk.words[i]); }
};

struct Float16Words {
  static constexpr int kPerChunk = 8;
  OCTAVO_DEVICE static float value(const Words4& chunk, int i) {
    return widen_float16(static_cast<uint16_t>(chunk.words[i / 2] >> (i % 2 * 16)));
  }
};

struct Bfloat16Words {
  static constexpr int kPerChunk = 8;
  OCTAVO_DEVICE static float value(const Words4& chunk, int i) {
    const uint32_t word = chunk.words[i / 2];
    return float_of_bits(i % 2 == 0 ? word << 16 : word & 0xFFFF0000u);
  }
};

/// Where a block works.
struct FloatTilePlace {
  size_t row, column;
};

/// Brings one step, values first .. of k, into shared memory; zeros beyond the matrices.
template <int kRows, typename Stored>
OCTAVO_DEVICE void fetch_floats(const GemmFloatOperands& o, const FloatTilePlace& at, size_t first,
                                GemmFloatStage<kRows, Stored::kPerChunk>& stage) {
  using Tile = GemmFloatTile;
  constexpr int kXChunks = Tile::kStepChunks * Stored::kPerChunk / 4;
#pragma unroll
  for (int i = 0; i < Tile::kColumns * Tile::kStepChunks / Tile::kThreads; ++i) {
    const int number = i * Tile::kThreads + static_cast<int>(threadIdx.x), j = number / Tile::kStepChunks;
    const int chunk = number % Tile::kStepChunks;
    const size_t p = first + static_cast<size_t>(chunk * Stored::kPerChunk);
    const bool inside = at.column + static_cast<size_t>(j) < o.n && p < o.k;
    const size_t from = (at.column + static_cast<size_t>(j)) * o.w_stride + p * 16 / Stored::kPerChunk;
    copy_16_async(shared_address(&stage.w[j][chunk]), o.w + (inside ? from : 0), inside);
  }
#pragma unroll
  for (int i = 0; i < (kRows * kXChunks + Tile::kThreads - 1) / Tile::kThreads; ++i) {
    const int number = i * Tile::kThreads + static_cast<int>(threadIdx.x), r = number / kXChunks;
    if (r >= kRows) break;
    const size_t p = first + static_cast<size_t>(number % kXChunks) * 4;
    const bool inside = at.row + static_cast<size_t>(r) < o.m && p < o.k;
    const size_t from = (at.row + static_cast<size_t>(r)) * o.x_stride + p;
    copy_16_async(shared_address(&stage.x[r][number % kXChunks]), o.x + (inside ? from : 0), inside);
  }
}

/// Goes on with a thread's chains over one step, of which `left` values are there.
template <bool kWhole, int kRows, int kOwn, typename Stored>
OCTAVO_DEVICE void add_floats(const GemmFloatStage<kRows, Stored::kPerChunk>& stage, size_t left, int column, int row,
                              float (&f)[kOwn]) {
#pragma unroll
  for (int chunk = 0; chunk < GemmFloatTile::kStepChunks; ++chunk) {
    const Words4 w = stage.w[column][chunk];
#pragma unroll
    for (int quad = 0; quad < Stored::kPerChunk / 4; ++quad) {
      const int p = chunk * Stored::kPerChunk + quad * 4;
      Floats4 x[kOwn];
#pragma unroll
      for (int r = 0; r < kOwn; ++r) x[r] = stage.x[row + r][p / 4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        if (!kWhole && static_cast<size_t>(p + i) >= left) return;
        const float value = Stored::value(w, quad * 4 + i);
#pragma unroll
        for (int r = 0; r < kOwn; ++r) f[r] = fused_multiply_add(x[r].values[i], value, f[r]);
      }
    }
  }
}

/// Computes kRows rows and 64 columns from a place on, and gives each value to store(row, column, f), within C or
/// beyond it.
template <int kRows, typename Stored, typename Store>
OCTAVO_DEVICE void gemm_float(const GemmFloatOperands& o, const FloatTilePlace& at,
                              GemmFloatStage<kRows, Stored::kPerChunk>* ring, const Store& store) {
  using Tile = GemmFloatTile;
  constexpr int kStages = GemmFloatRing<kRows>::kStages, kSplit = kRows == 1 ? 1 : Tile::kThreads / Tile::kColumns;
  constexpr int kOwn = kRows / kSplit, kDepth = Tile::kStepChunks * Stored::kPerChunk;
  const int column = static_cast<int>(threadIdx.x) % Tile::kColumns;
  const int row = static_cast<int>(threadIdx.x) / Tile::kColumns * kOwn;
  const size_t steps = (o.k + kDepth - 1) / kDepth;
  const auto fetch = [&](size_t step) {
    if (step < steps) fetch_floats<kRows, Stored>(o, at, step * kDepth, ring[step % kStages]);
    commit_copies();  // an empty group too: the count of pending ones stays the same
  };
  float f[kOwn] = {};
  for (int step = 0; step < kStages - 1; ++step) fetch(static_cast<size_t>(step));
  for (size_t step = 0; step < steps; ++step) {
    wait_for_copies<kStages - 2>();
    __syncthreads();  // the step's data is there for all, and all have left the stage that is fetched into next
    fetch(step + kStages - 1);
    const size_t left = o.k - step * kDepth;
    if (row >= kRows) continue;
    if (left >= kDepth)
      add_floats<true, kRows, kOwn, Stored>(ring[step % kStages], left, column, row, f);
    else
      add_floats<false, kRows, kOwn, Stored>(ring[step % kStages], left, column, row, f);
  }
  wait_for_copies<0>();
  __syncthreads();  // the ring is free for the next rows
  if (row >= kRows) return;
#pragma unroll
  for (int r = 0; r < kOwn; ++r)
    store(at.row + static_cast<size_t>(row + r), at.column + static_cast<size_t>(column), f[r]);
}

}  // namespace octavo::device
