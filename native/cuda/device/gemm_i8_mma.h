// int8 GEMM on warp-level tensor-core instructions: any NVIDIA GPU from compute capability 7.5 on.
//
// C[m, n] = A[m, k] W[n, k]^T, rows of A and W `stride` bytes apart, which 16 divides; k is rounded up to 16, and what
// lies between it and k is 0 in W. A block computes a tile of kRows x kColumns in steps of 64 values of k, which wait in
// shared memory in a ring of kStages; its warps take 64 x 32 each.
#pragma once

#include "cuda/device/matrix_instructions.h"

namespace octavo::device {

struct GemmI8Operands {
  const uint8_t* a;
  const int8_t* w;
  size_t m, n, k;
  size_t a_stride, w_stride;
};

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

/// Brings rows first .. first + kRows - 1, values p .. p + 63, into shared memory; zeros beyond the matrix.
template <int kRows, int kThreads>
OCTAVO_DEVICE void fetch_rows(SharedAddress to, const uint8_t* from, size_t stride, size_t first, size_t rows, size_t p,
                              size_t k) {
  constexpr int kChunks = kRows * 4;
  static_assert(kChunks % kThreads == 0, "every thread brings as much");
#pragma unroll
  for (int i = 0; i < kChunks / kThreads; ++i) {
    const int chunk = i * kThreads + static_cast<int>(threadIdx.x), row = chunk / 4;
    const size_t at = p + static_cast<size_t>(chunk % 4) * 16;
    const bool inside = first + row < rows && at < k;
    copy_16_async(to + swizzled_64(row, chunk % 4), inside ? from + (first + row) * stride + at : from, inside);
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
      load_matrices(left[i], a + swizzled_64(warp_row + 16 * i + 8 * (matrix & 1) + in_matrix, 2 * step + (matrix >> 1)));
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

/// Computes the tile at (row, column) and gives each pair of sums to store(row, column, sums of column and column + 1),
/// within the tile, whether or not it lies within C.
template <typename Tile, bool kSigned, typename Store>
OCTAVO_DEVICE void gemm_i8_mma(const GemmI8Operands& o, size_t row, size_t column, uint8_t* shared, Store&& store) {
  const SharedAddress base = shared_address(shared);
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) & 31;
  constexpr int kAcross = Tile::kColumns / Tile::kWarpColumns;
  const int warp_row = warp / kAcross * Tile::kWarpRows, warp_column = warp % kAcross * Tile::kWarpColumns;
  const size_t steps = (o.k + Tile::kDepth - 1) / Tile::kDepth, k = (o.k + 15) / 16 * 16;

  const auto fetch = [&](size_t step) {
    if (step < steps) {
      const SharedAddress to = base + static_cast<uint32_t>(step % Tile::kStages) * Tile::kStageBytes;
      const size_t p = step * Tile::kDepth;
      fetch_rows<Tile::kRows, Tile::kThreads>(to, o.a, o.a_stride, row, o.m, p, k);
      fetch_rows<Tile::kColumns, Tile::kThreads>(to + Tile::kRows * Tile::kDepth, reinterpret_cast<const uint8_t*>(o.w),
                                                 o.w_stride, column, o.n, p, k);
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
#pragma unroll
  for (int i = 0; i < 4; ++i)
#pragma unroll
    for (int j = 0; j < 4; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        store(warp_row + 16 * i + 8 * half + lane / 4, warp_column + 8 * j + lane % 4 * 2,
              sums[i][j][2 * half], sums[i][j][2 * half + 1]);
}

}  // namespace octavo::device
