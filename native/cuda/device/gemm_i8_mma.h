// int8 GEMM on warp-level tensor-core instructions: any NVIDIA GPU from compute capability 7.5 on.
//
// C[m, n] = A[m, k] W[n, k]^T. A block computes a tile of kRows x kColumns in steps of 64 values of k, which wait in
// shared memory in a ring of kStages; its warps take 64 x 32 each.
#pragma once

#include "cuda/device/gemm_i8_operands.h"
#include "cuda/device/matrix_instructions.h"

namespace octavo::device {

template <int kRows_, int kColumns_, int kStages_>
struct MmaTile {
  static constexpr int kRows = kRows_, kColumns = kColumns_, kStages = kStages_;
  static constexpr int kDepth = 64, kWarpRows = 64, kWarpColumns = 32;
  static constexpr int kWarps = kRows / kWarpRows * (kColumns / kWarpColumns), kThreads = 32 * kWarps;
  static constexpr int kStageBytes = (kRows + kColumns) * kDepth;
  static constexpr int kSharedBytes = kStages * kStageBytes;
};

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

/// One step: a warp's 64 x 32 sums from 64 values of k.
template <bool kSigned>
OCTAVO_DEVICE void multiply_stage(int32_t (&sums)[4][4][4], SharedAddress a, SharedAddress w, int warp_row,
                                  int warp_column) {
  const int lane = static_cast<int>(threadIdx.x) & 31, in_matrix = lane & 7, matrix = lane >> 3;
#pragma unroll
  for (int step = 0; step < 2; ++step) {
    uint32_t left[4][4], right[2][4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
      load_matrices(left[i],
                    a + swizzled_64(warp_row + 16 * i + 8 * (matrix & 1) + in_matrix, 2 * step + (matrix >> 1)));
#pragma unroll
    for (int j = 0; j < 2; ++j)
      load_matrices(right[j],
                    w + swizzled_64(warp_column + 16 * j + 8 * (matrix >> 1) + in_matrix, 2 * step + (matrix & 1)));
#pragma unroll
    for (int i = 0; i < 4; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) {
        const uint32_t b[2] = {right[j / 2][2 * (j % 2)], right[j / 2][2 * (j % 2) + 1]};
        multiply_16x8x32<kSigned>(sums[i][j], left[i], b);
      }
  }
}

/// Puts a warp's sums where they lie in the tile, row by row.
template <typename Tile>
OCTAVO_DEVICE void gather_sums(const int32_t (&sums)[4][4][4], int32_t* tile, int warp_row, int warp_column) {
  const int lane = static_cast<int>(threadIdx.x) & 31;
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 4; ++j)
#pragma unroll
      for (int at = 0; at < 4; ++at)
        tile[(warp_row + 16 * i + at / 2 * 8 + lane / 4) * Tile::kColumns + warp_column + 8 * j + lane % 4 * 2 +
             at % 2] = sums[i][j][at];
}

/// Computes the tile at (row, column) and gives each four neighbours to store(row, column, four sums), within C or
/// beyond its last row or column.
template <typename Tile, bool kSigned, typename Store>
OCTAVO_DEVICE void gemm_i8_mma(const GemmI8Operands& o, size_t row, size_t column, uint8_t* shared, Store&& store) {
  const SharedAddress base = shared_address(shared);
  const int warp = static_cast<int>(threadIdx.x) / 32;
  constexpr int kAcross = Tile::kColumns / Tile::kWarpColumns;
  const int warp_row = warp / kAcross * Tile::kWarpRows, warp_column = warp % kAcross * Tile::kWarpColumns;
  const size_t steps = (o.k + Tile::kDepth - 1) / Tile::kDepth, k = (o.k + 15) / 16 * 16;
  const ByteMatrix left{o.a, o.a_stride, o.m, k}, right{reinterpret_cast<const uint8_t*>(o.w), o.w_stride, o.n, k};

  const auto fetch = [&](size_t step) {
    if (step < steps) {
      const SharedAddress to = base + static_cast<uint32_t>(step % Tile::kStages) * Tile::kStageBytes;
      fetch_rows<Tile::kRows, Tile::kThreads>(to, left, row, step * Tile::kDepth);
      fetch_rows<Tile::kColumns, Tile::kThreads>(to + Tile::kRows * Tile::kDepth, right, column, step * Tile::kDepth);
    }
    commit_copies();  // an empty group too: the count of pending ones stays the same
  };

  int32_t sums[4][4][4] = {};
  for (int step = 0; step < Tile::kStages - 1; ++step) fetch(step);
  for (size_t step = 0; step < steps; ++step) {
    wait_for_copies<Tile::kStages - 2>();
    __syncthreads();  // the step's data is there for all, and all have left the stage that is fetched into next
    fetch(step + Tile::kStages - 1);
    const SharedAddress a = base + static_cast<uint32_t>(step % Tile::kStages) * Tile::kStageBytes;
    multiply_stage<kSigned>(sums, a, a + Tile::kRows * Tile::kDepth, warp_row, warp_column);
  }
  // Through shared memory: neighbours in C come to neighbouring threads, whatever the output's type.
  wait_for_copies<0>();
  __syncthreads();
  auto* const tile = reinterpret_cast<int32_t*>(shared);
  static_assert(Tile::kRows * Tile::kColumns * 4 <= Tile::kSharedBytes, "the sums take the stages' place");
  gather_sums<Tile>(sums, tile, warp_row, warp_column);
  __syncthreads();
  for (int at = static_cast<int>(threadIdx.x) * 4; at < Tile::kRows * Tile::kColumns; at += Tile::kThreads * 4) {
    const int32_t four[4] = {tile[at], tile[at + 1], tile[at + 2], tile[at + 3]};
    store(row + static_cast<size_t>(at / Tile::kColumns), column + static_cast<size_t>(at % Tile::kColumns), four);
  }
}

}  // namespace octavo::device
