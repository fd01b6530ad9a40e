// int8 GEMM on warp-level tensor-core instructions: any NVIDIA GPU from compute capability 7.5 on.
//
// C[m, n] = A[m, k] W[n, k]^T. A block computes a tile of kRows x kColumns in steps of 64 values of k, which wait in
// shared memory in a ring of kStages; its warps take 32 x 64 each. Where tiles are too few for the GPU, several blocks
// share one, each with a part of k.
#pragma once

#include "core/unroll.h"
#include "cuda/device/epilogue.h"
#include "cuda/device/matrix_instructions.h"
#include "cuda/device/merge_sums.h"
#include "cuda/device/tile_order.h"
#include "cuda/device/warp_slices.h"

namespace octavo::device {

template <int kRows_, int kColumns_, int kStages_>
struct MmaTile {
  static constexpr int kRows = kRows_, kColumns = kColumns_, kStages = kStages_;
  static constexpr int kDepth = 64, kWarpRows = 32, kWarpColumns = 64;
  static constexpr int kAcross = kColumns / kWarpColumns;  // warps side by side
  static constexpr int kWarps = kRows / kWarpRows * kAcross, kThreads = 32 * kWarps;
  static constexpr int kStageBytes = (kRows + kColumns) * kDepth;
  static constexpr int kSharedBytes = kStages * kStageBytes;
  using Values = TileValues<kRows, kColumns>;
  static_assert(kWarps * WarpSlice::kBytes + sizeof(Values) <= kSharedBytes, "the epilogue takes the stages' place");
};

/// A warp's sums: of 16 rows, 8 columns, as an instruction leaves them.
using WarpSums = int32_t[64];

/// Where the 16 bytes number `chunk` of a row of 64 lie: rows of one load take turns with the banks.
OCTAVO_DEVICE uint32_t swizzled_64(int row, int chunk) {
  return static_cast<uint32_t>(row * 64 + (chunk ^ (row >> 1 & 3)) * 16);
}

/// Bytes [rows, k] in global memory; 16 divides k.
struct ByteMatrix {
  const uint8_t* data;
  size_t stride, rows, k;
};

/// Brings rows first .. first + kRows - 1, values p .. p + 63, into shared memory; zeros beyond the matrix.
template <int kRows, int kThreads>
OCTAVO_DEVICE void fetch_rows(SharedAddress to, const ByteMatrix& from, size_t first, size_t p) {
  constexpr int kChunks = kRows * 4;
  static_assert(kChunks % kThreads == 0, "every thread brings as much");
#pragma unroll
  for (int i = 0; i < kChunks / kThreads; ++i) {
    const int chunk = i * kThreads + static_cast<int>(threadIdx.x), row = chunk / 4;
    const size_t at = p + static_cast<size_t>(chunk % 4) * 16;
    const bool inside = first + row < from.rows && at < from.k;
    copy_16_async(to + swizzled_64(row, chunk % 4), inside ? from.data + (first + row) * from.stride + at : from.data,
                  inside);
  }
}

/// One step: a warp's 32 x 64 sums from 64 values of k.
template <bool kSigned>
OCTAVO_DEVICE void multiply_stage(WarpSums& sums, SharedAddress a, SharedAddress w, int warp_row, int warp_column) {
  const int lane = static_cast<int>(threadIdx.x) & 31, in_matrix = lane & 7, matrix = lane >> 3;
#pragma unroll
  for (int step = 0; step < 2; ++step) {
    uint32_t left[2][4], right[4][4];
#pragma unroll
    for (int i = 0; i < 2; ++i)
      load_matrices(left[i],
                    a + swizzled_64(warp_row + 16 * i + 8 * (matrix & 1) + in_matrix, 2 * step + (matrix >> 1)));
#pragma unroll
    for (int j = 0; j < 4; ++j)
      load_matrices(right[j],
                    w + swizzled_64(warp_column + 16 * j + 8 * (matrix >> 1) + in_matrix, 2 * step + (matrix & 1)));
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 8; ++j) {
        const uint32_t b[2] = {right[j / 2][2 * (j % 2)], right[j / 2][2 * (j % 2) + 1]};
        multiply_16x8x32<kSigned>(reinterpret_cast<int32_t(&)[4]>(sums[32 * i + 4 * j]), left[i], b);
      }
  }
}

/// The sums of steps first .. last - 1 of the tile at this place.
template <typename Tile, bool kSigned>
OCTAVO_DEVICE void multiply_steps(WarpSums& sums, const GemmI8Operands& o, const TilePlace& place, size_t first,
                                  size_t last, SharedAddress shared) {
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const size_t k = (o.k + 15) / 16 * 16;
  const ByteMatrix left{o.a, o.a_stride, o.m, k}, right{reinterpret_cast<const uint8_t*>(o.w), o.w_stride, o.n, k};
  const auto stage = [&](size_t step) {
    return shared + static_cast<uint32_t>(step % Tile::kStages) * Tile::kStageBytes;
  };
  const auto fetch = [&](size_t step) {
    if (step < last) {
      fetch_rows<Tile::kRows, Tile::kThreads>(stage(step), left, place.row, step * Tile::kDepth);
      fetch_rows<Tile::kColumns, Tile::kThreads>(stage(step) + Tile::kRows * Tile::kDepth, right, place.column,
                                                 step * Tile::kDepth);
    }
    commit_copies();  // an empty group too: the count of pending ones stays the same
  };
  for (int ahead = 0; ahead < Tile::kStages - 1; ++ahead) fetch(first + static_cast<size_t>(ahead));
  for (size_t step = first; step < last; ++step) {
    wait_for_copies<Tile::kStages - 2>();
    __syncthreads();  // the step's data is there for all, and all have left the stage that is fetched into next
    fetch(step + Tile::kStages - 1);
    multiply_stage<kSigned>(sums, stage(step), stage(step) + Tile::kRows * Tile::kDepth, warp / Tile::kAcross * 32,
                            warp % Tile::kAcross * 64);
  }
  wait_for_copies<0>();
  __syncthreads();  // the stages are free
}

/// Finishes and stores a tile.
template <typename Tile>
OCTAVO_DEVICE void store_tile(const WarpSums& sums, const GemmI8Result& result, const TilePlace& place,
                              uint8_t* shared) {
  const int warp = static_cast<int>(threadIdx.x) / 32;
  auto* const slice = reinterpret_cast<uint32_t*>(shared + warp * WarpSlice::kBytes);
  auto& values = *reinterpret_cast<typename Tile::Values*>(shared + Tile::kWarps * WarpSlice::kBytes);
  bring_values(values, result, place, threadIdx.x, Tile::kThreads);
  __syncthreads();
  with_output(result.output, [&](auto output) {
    const ChunkStore<output(), typename Tile::Values> store(result, values, place);
    store_slices<4>(store, slice, warp / Tile::kAcross * 32, warp % Tile::kAcross * 64, [&](int group) {
      unroll<4>([&](auto g) {
        if (g != group) return;
        unroll<8>([&](auto j) {
          constexpr int at = 32 * (g / 2) + 4 * j + 2 * (g % 2);
          put_pair(slice, j, sums[at], sums[at + 1]);
        });
      });
    });
  });
}

/// Computes this block's part of the tile number blockIdx.x: that of gridDim.y parts of k which blockIdx.y says.
template <typename Tile, bool kSigned>
OCTAVO_DEVICE void gemm_i8_mma(const GemmI8Operands& o, const GemmI8Result& result, const MergeSpace& space,
                               uint8_t* shared) {
  constexpr size_t kBand = 16;
  const TileOrder order{(o.m + Tile::kRows - 1) / Tile::kRows, (o.n + Tile::kColumns - 1) / Tile::kColumns, kBand};
  size_t row, column;
  order.place(blockIdx.x, &row, &column);
  const TilePlace place{o.m, o.n, row * Tile::kRows, column * Tile::kColumns};
  const size_t steps = (o.k + Tile::kDepth - 1) / Tile::kDepth;
  WarpSums sums = {};
  multiply_steps<Tile, kSigned>(sums, o, place, steps * blockIdx.y / gridDim.y, steps * (blockIdx.y + 1) / gridDim.y,
                                shared_address(shared));
  if (gridDim.y > 1) {
    if (!merge_sums<Tile::kThreads>(sums, space, blockIdx.x, gridDim.y, reinterpret_cast<uint32_t*>(shared))) return;
    __syncthreads();  // the word that told is free
  }
  store_tile<Tile>(sums, result, place, shared);
}

}  // namespace octavo::device
