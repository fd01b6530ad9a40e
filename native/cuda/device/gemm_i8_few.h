// int8 GEMM for at most 16 rows of A, where what counts is how fast W comes from memory: no shared memory on its way,
// many loads under way at once.
//
// A block computes 16 x 32 of C; its warps take turns with pieces of 64 values of k and add their sums up at the end.
// Sums of products do not depend on the order of k, so that a thread takes 16 consecutive bytes of a row at once, of A
// and of W alike, as if they were those values that the instruction's fragments have there.
#pragma once

#include "cuda/device/gemm_i8_mma.h"

namespace octavo::device {

struct FewRowsTile {
  static constexpr int kRows = 16, kColumns = 32, kWarps = 8, kThreads = 32 * kWarps, kDepth = 64;
  static constexpr int kSharedBytes = kWarps * kRows * kColumns * 4;
};

struct Bytes16 {
  uint32_t words[4];
};

/// 16 bytes of row `row` from byte p on; zeros beyond the matrix. 16 divides p and k.
OCTAVO_DEVICE Bytes16 bytes_of_row(const uint8_t* from, size_t stride, size_t row, size_t rows, size_t p, size_t k) {
  if (row >= rows || p >= k) return {};
  return *reinterpret_cast<const Bytes16*>(__builtin_assume_aligned(from + row * stride + p, 16));
}

/// Adds one piece of k to a warp's sums.
template <bool kSigned>
OCTAVO_DEVICE void multiply_piece(int32_t (&sums)[4][4], const GemmI8Operands& o, size_t column, size_t p, size_t k) {
  const unsigned lane = threadIdx.x % 32, row = lane / 4;
  const size_t at = p + lane % 4 * 16;
  Bytes16 w[4];
#pragma unroll
  for (int j = 0; j < 4; ++j)
    w[j] = bytes_of_row(reinterpret_cast<const uint8_t*>(o.w), o.w_stride, column + 8 * j + row, o.n, at, k);
  const Bytes16 upper = bytes_of_row(o.a, o.a_stride, row, o.m, at, k);
  const Bytes16 lower = bytes_of_row(o.a, o.a_stride, row + 8, o.m, at, k);
#pragma unroll
  for (int half = 0; half < 4; half += 2) {
    const uint32_t a[4] = {upper.words[half], lower.words[half], upper.words[half + 1], lower.words[half + 1]};
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const uint32_t b[2] = {w[j].words[half], w[j].words[half + 1]};
      multiply_16x8x32<kSigned>(sums[j], a, b);
    }
  }
}

/// Computes columns column .. column + 31 of C and gives each sum to store(row, column, sum), within C or beyond it.
template <bool kSigned, typename Store>
OCTAVO_DEVICE void gemm_i8_few(const GemmI8Operands& o, size_t column, int32_t* shared, Store&& store) {
  using Tile = FewRowsTile;
  const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const size_t k = (o.k + 15) / 16 * 16;
  int32_t sums[4][4] = {};
#pragma unroll 2
  for (size_t p = warp * Tile::kDepth; p < k; p += Tile::kWarps * Tile::kDepth)
    multiply_piece<kSigned>(sums, o, column, p, k);
  int32_t* const own = shared + warp * (Tile::kRows * Tile::kColumns);
#pragma unroll
  for (int j = 0; j < 4; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      own[(lane / 4 + i / 2 * 8) * Tile::kColumns + 8 * j + lane % 4 * 2 + i % 2] = sums[j][i];
  __syncthreads();
  for (unsigned at = threadIdx.x; at < Tile::kRows * Tile::kColumns; at += Tile::kThreads) {
    uint32_t sum = 0;
#pragma unroll
    for (int part = 0; part < Tile::kWarps; ++part)
      sum += static_cast<uint32_t>(shared[part * (Tile::kRows * Tile::kColumns) + at]);
    store(at / Tile::kColumns, column + at % Tile::kColumns, static_cast<int32_t>(sum));
  }
}

}  // namespace octavo::device
