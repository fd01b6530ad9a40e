// The sums of at most 16 rows and 128 columns that the warps of a block have parts of, and perhaps other blocks.
#pragma once

#include "cuda/device/merge_sums.h"
#include "cuda/device/tile_values.h"
#include "cuda/device/vector_access.h"

namespace octavo::device {

struct FewRowsTile {
  static constexpr int kRows = 16, kColumns = 128, kDepth = 64;  // of a piece
  static constexpr int kAcross = 2, kDown = 4, kWarps = kAcross * kDown, kThreads = 32 * kWarps;
  static constexpr int kWarpColumns = kColumns / kAcross, kStages = 2, kStageBytes = kWarpColumns * kDepth;
  static constexpr int kSharedBytes = kWarps * kStages * kStageBytes;
  static constexpr int kPitch = kColumns + 8;  // words between rows of sums: neighbouring rows meet other banks
  static constexpr int kPartWords = kRows * kPitch;
  using Values = TileValues<kRows, kColumns>;
  static_assert(kDown * kPartWords * 4 + sizeof(Values) + 4 <= kSharedBytes, "sums take the queue's place");
};

/// A warp's sums: 16 rows, 64 columns.
using FewRowsSums = int32_t[8][4];

/// The block's sums of one column group, as kDown parts in shared memory; once merged, as one.
class GroupSums {
 public:
  OCTAVO_DEVICE explicit GroupSums(uint8_t* shared) : words_(reinterpret_cast<uint32_t*>(shared)) {}

  OCTAVO_DEVICE void put(const FewRowsSums& sums) {
    using Tile = FewRowsTile;
    const unsigned warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    uint32_t* const own = words_ + warp / Tile::kAcross * Tile::kPartWords + lane / 4 * Tile::kPitch +
                          warp % Tile::kAcross * Tile::kWarpColumns + lane % 4 * 2;
#pragma unroll
    for (int j = 0; j < 8; ++j)
#pragma unroll
      for (int half = 0; half < 2; ++half)
        *reinterpret_cast<Words2*>(own + half * 8 * Tile::kPitch + 8 * j) = {
            {static_cast<uint32_t>(sums[j][2 * half]), static_cast<uint32_t>(sums[j][2 * half + 1])}};
  }

  /// Four neighbours.
  OCTAVO_DEVICE Words4 sums(int row, int column) const {
    const uint32_t* const from = words_ + row * FewRowsTile::kPitch + column;
    Words4 sums = *reinterpret_cast<const Words4*>(from);
    for (int part = 1; part < parts_; ++part) {
      const Words4 more = *reinterpret_cast<const Words4*>(from + part * FewRowsTile::kPartWords);
#pragma unroll
      for (int i = 0; i < 4; ++i) sums.words[i] += more.words[i];
    }
    return sums;
  }

  /// Adds them, the group at this place, to what other blocks have of it: `share` of `whole` pieces. True for the last
  /// block, which then has the whole sums.
  OCTAVO_DEVICE bool merge(const MergeSpace& space, const TilePlace& place, uint32_t share, uint32_t whole) {
    using Tile = FewRowsTile;
    const size_t group = place.column / Tile::kColumns;
    uint32_t* const merged = space.sums + group * (Tile::kRows * Tile::kColumns);
    const auto each = [&](auto&& use) {
      for (int at = static_cast<int>(threadIdx.x) * 4; at < static_cast<int>(place.m) * Tile::kColumns;
           at += Tile::kThreads * 4)
        use(at / Tile::kColumns, at % Tile::kColumns, merged + at);
    };
    each([&](int row, int column, uint32_t* to) {
      const Words4 own = sums(row, column);
#pragma unroll
      for (int i = 0; i < 4; ++i) add_to_memory(to + i, own.words[i]);
    });
    if (!is_last_share(space, group, share, whole, words_ + Tile::kSharedBytes / 4 - 1)) return false;
    each([&](int row, int column, uint32_t* from) {
#pragma unroll
      for (int i = 0; i < 4; ++i) words_[row * Tile::kPitch + column + i] = take_sum(from + i);
    });
    parts_ = 1;
    return true;
  }

 private:
  uint32_t* words_;
  int parts_ = FewRowsTile::kDown;
};

}  // namespace octavo::device
