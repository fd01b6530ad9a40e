// int8 GEMM for at most 16 rows of A, where what counts is how fast W comes from memory.
//
// W is cut into pieces of 128 columns (of C) and 64 values of k, column group by column group, and every block takes
// an equal run of them: all multiprocessors stream until the end, whatever n and k are. A block's warps are two side by
// side and four along k. Each thread copies what it multiplies itself into shared memory of its own, a queue that many
// bytes are on their way to without a register for each; no thread waits for another until the block leaves a column
// group. A group that several blocks have parts of is merged by merge_sums.h.
//
// Sums of products do not depend on the order of k, so that a thread takes 16 consecutive bytes of a row at once, of A
// and of W alike, as if they were those values that the instruction's fragments have there.
#pragma once

#include "cuda/device/epilogue.h"
#include "cuda/device/group_sums.h"
#include "cuda/device/matrix_instructions.h"

namespace octavo::device {

/// 16 bytes of A's row from byte p on; zeros beyond the matrix. 16 divides p and k.
OCTAVO_DEVICE Words4 bytes_of_row(const GemmI8Operands& o, size_t row, size_t p, size_t k) {
  if (row >= o.m || p >= k) return {};
  return *reinterpret_cast<const Words4*>(o.a + row * o.a_stride + p);
}

/// This thread's queue of W: per stage, 16 bytes of each of eight columns, at the same place of every warp.
class ColumnQueue {
 public:
  OCTAVO_DEVICE ColumnQueue(const GemmI8Operands& o, size_t first_column, uint8_t* shared)
      : k_((o.k + 15) / 16 * 16), stride_(o.w_stride), n_(o.n) {
    const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    column_ = first_column + warp % FewRowsTile::kAcross * FewRowsTile::kWarpColumns + lane / 4;
    own_ = shared + warp * (FewRowsTile::kStages * FewRowsTile::kStageBytes) + lane * 16;
    w_ = reinterpret_cast<const uint8_t*>(o.w);
  }

  /// Lets the bytes from byte p of the columns on come into a stage; zeros beyond the matrix.
  OCTAVO_DEVICE void bring(int stage, size_t p) const {
    const SharedAddress to = shared_address(own_) + static_cast<uint32_t>(stage) * FewRowsTile::kStageBytes;
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const size_t column = column_ + static_cast<size_t>(8 * j);
      const bool inside = column < n_ && p < k_;
      copy_16_async(to + static_cast<uint32_t>(j) * 512, inside ? w_ + column * stride_ + p : w_, inside);
    }
  }
  OCTAVO_DEVICE Words4 bytes(int stage, int j) const {
    return *reinterpret_cast<const Words4*>(own_ + stage * FewRowsTile::kStageBytes + j * 512);
  }
  OCTAVO_DEVICE size_t k() const { return k_; }

 private:
  size_t k_, stride_, n_, column_;
  const uint8_t* w_;
  uint8_t* own_;
};

/// A warp's sums of its pieces among first .. last - 1 of the column group that starts at this column.
template <bool kSigned>
OCTAVO_DEVICE void multiply_pieces(FewRowsSums& sums, const GemmI8Operands& o, const ColumnQueue& queue, size_t first,
                                   size_t last) {
  using Tile = FewRowsTile;
  const unsigned lane = threadIdx.x % 32, row = lane / 4;
  const size_t offset = lane % 4 * 16;
  first += threadIdx.x / 32 / Tile::kAcross;
  const auto bring = [&](int stage, size_t piece) {
    if (piece < last) queue.bring(stage, piece * Tile::kDepth + offset);
    commit_copies();  // an empty group too: the count of pending ones stays the same
  };
#pragma unroll
  for (int stage = 0; stage < Tile::kStages; ++stage) bring(stage, first + static_cast<size_t>(stage * Tile::kDown));
  int stage = 0;
#pragma unroll 1
  for (size_t piece = first; piece < last; piece += Tile::kDown) {
    const size_t p = piece * Tile::kDepth + offset;
    const Words4 upper = bytes_of_row(o, row, p, queue.k()), lower = bytes_of_row(o, row + 8, p, queue.k());
    wait_for_copies<Tile::kStages - 1>();
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      const Words4 w = queue.bytes(stage, j);
#pragma unroll
      for (int half = 0; half < 4; half += 2) {
        const uint32_t a[4] = {upper.words[half], lower.words[half], upper.words[half + 1], lower.words[half + 1]};
        const uint32_t b[2] = {w.words[half], w.words[half + 1]};
        multiply_16x8x32<kSigned>(sums[j], a, b);
      }
    }
    bring(stage, piece + Tile::kStages * Tile::kDown);
    stage = stage + 1 == Tile::kStages ? 0 : stage + 1;
  }
  wait_for_copies<0>();
}

/// How much of a column group a block has.
struct Share {
  uint32_t part, whole;
};

/// Finishes and stores a column group, if this block is the last to have a part of it.
OCTAVO_DEVICE void store_group(const FewRowsSums& sums, const TilePlace& place, const GemmI8Result& result,
                               const MergeSpace& space, uint8_t* shared, Share share) {
  using Tile = FewRowsTile;
  auto& values = *reinterpret_cast<Tile::Values*>(shared + Tile::kDown * Tile::kPartWords * 4);
  GroupSums group(shared);
  __syncthreads();  // all have left the queue
  group.put(sums);
  __syncthreads();
  if (share.part == share.whole || group.merge(space, place, share.part, share.whole)) {
    bring_values(values, result, place, threadIdx.x, Tile::kThreads);
    __syncthreads();
    with_output(result.output, [&](auto output) {
      const ChunkStore<output(), Tile::Values> store(result, values, place);
      constexpr int kCount = decltype(store)::kCount;
      for (int at = static_cast<int>(threadIdx.x) * kCount; at < Tile::kRows * Tile::kColumns;
           at += Tile::kThreads * kCount) {
        const int row = at / Tile::kColumns, column = at % Tile::kColumns;
        const auto load = [&](int part) { return group.sums(row, column + 4 * part); };
        store.template store<false>(row, store.columns(column), load);
      }
    });
  }
  __syncthreads();  // the queue's place is free
}

/// Computes this block's run of pieces of C = A W^T and the epilogue. `space` is null where no column group is split.
template <bool kSigned>
OCTAVO_DEVICE void gemm_i8_few(const GemmI8Operands& o, const GemmI8Result& result, const MergeSpace& space,
                               uint8_t* shared) {
  using Tile = FewRowsTile;
  const size_t groups = (o.n + Tile::kColumns - 1) / Tile::kColumns;
  const size_t pieces = o.k > Tile::kDepth ? (o.k + Tile::kDepth - 1) / Tile::kDepth : 1;  // of a group
  const size_t end = groups * pieces * (blockIdx.x + 1) / gridDim.x;
  for (size_t at = groups * pieces * blockIdx.x / gridDim.x; at < end;) {
    const size_t group = at / pieces, first = at % pieces;
    const size_t last = pieces - first < end - at ? pieces : first + (end - at);
    FewRowsSums sums = {};
    multiply_pieces<kSigned>(sums, o, ColumnQueue(o, group * Tile::kColumns, shared), first, last);
    store_group(sums, {o.m, o.n, 0, group * Tile::kColumns}, result, space, shared,
                {static_cast<uint32_t>(last - first), static_cast<uint32_t>(pieces)});
    at += last - first;
  }
}

}  // namespace octavo::device
