// int8 GEMM on warp-group products fed by the bulk tensor copy: compute capability 9.0.
//
// A cluster is two blocks, one above the other, that need the same columns: each brings one half of W's rows to both.
// In a block one warp brings data, in steps of 128 values of k into a ring of stages, and another what the epilogue
// needs of rows and columns; two warp groups multiply 64 x 256 each. Blocks stay and take tile after tile, so that the
// next tile's data comes while this one's sums are stored.
//
// Why 64 x 256 for a warp group, and both groups at one tile: a product of 64 x 256 x 32 takes 128 cycles and reads 10
// KiB of shared memory, 80 bytes a cycle, while the copies write 48 (128 and 256 rows of 128 bytes in 1,024 cycles):
// together the 128 that shared memory has. With a tile of its own for each group, so that one could store while the
// other multiplies, copies would write 80; with 128 x 128 for each, products would read 96 and copies write 64.
// Registers hold no second set of sums. From the second-level cache comes 32 bytes a cycle: A's rows and half of W's.
#pragma once

#include "core/unroll.h"
#include "cuda/device/epilogue.h"
#include "cuda/device/hopper_instructions.h"
#include "cuda/device/tile_order.h"
#include "cuda/device/warp_slices.h"

namespace octavo::device {

struct WgmmaTile {
  static constexpr int kRows = 128, kColumns = 256, kDepth = 128, kCluster = 2, kStages = 4;
  static constexpr int kGroupRows = 64, kThreads = 384, kWarps = 8;  // of them 8 that multiply
  static constexpr int kBytesA = kRows * kDepth, kBytesW = kColumns * kDepth, kStageBytes = kBytesA + kBytesW;
  static constexpr int kTallRows = kRows * kCluster;
  static constexpr size_t kBand = 8;

  using Values = TileValues<kRows, kColumns>;
  static constexpr int kValuePlaces = 2;  // this tile's and the next's
  // Shared memory, from its start on: stages, slices, values, barriers.
  static constexpr int kSlices = kStages * kStageBytes, kValues = kSlices + kWarps * WarpSlice::kBytes;
  static constexpr int kBarriers = kValues + kValuePlaces * static_cast<int>(sizeof(Values));
  static constexpr int kSharedBytes = kBarriers + 16 * (kStages + kValuePlaces);
  static_assert(sizeof(Values) == 3584 && kSharedBytes <= 4 * (48 << 10) + (16 << 10) + 2 * 3584 + 128,
                "as cuda/gemm_i8_plan.cc reserves");
};

/// One role's place in a ring: what is next, and the parity of its phase.
template <int kPlaces>
struct RingPlace {
  int at = 0;
  uint32_t parity = 0;

  OCTAVO_DEVICE void advance() {
    if (++at < kPlaces) return;
    at = 0;
    parity ^= 1;
  }
};
using StagePlace = RingPlace<WgmmaTile::kStages>;
using ValuePlace = RingPlace<WgmmaTile::kValuePlaces>;

struct GemmI8WgmmaOperands {
  size_t m, n, k;
  const TensorMap *a, *w;  // boxes of 128 rows of 128 bytes
};

/// Addresses of a block's shared memory.
struct WgmmaShared {
  uint8_t* memory;
  SharedAddress base;

  OCTAVO_DEVICE SharedAddress a(int stage) const {
    return base + static_cast<uint32_t>(stage) * WgmmaTile::kStageBytes;
  }
  OCTAVO_DEVICE SharedAddress w(int stage) const { return a(stage) + WgmmaTile::kBytesA; }
  OCTAVO_DEVICE SharedAddress full(int stage) const {
    return base + WgmmaTile::kBarriers + static_cast<uint32_t>(stage) * 8;
  }
  OCTAVO_DEVICE SharedAddress empty(int stage) const { return full(WgmmaTile::kStages + stage); }
  OCTAVO_DEVICE SharedAddress values_full(int place) const { return full(2 * WgmmaTile::kStages + place); }
  OCTAVO_DEVICE SharedAddress values_empty(int place) const { return values_full(WgmmaTile::kValuePlaces + place); }
  OCTAVO_DEVICE WgmmaTile::Values& values(int place) const {
    return reinterpret_cast<WgmmaTile::Values*>(memory + WgmmaTile::kValues)[place];
  }
  OCTAVO_DEVICE uint32_t* slice(int warp) const {
    return reinterpret_cast<uint32_t*>(memory + WgmmaTile::kSlices + warp * WarpSlice::kBytes);
  }

  /// By one thread, before all others use any.
  OCTAVO_DEVICE void create_barriers() const {
    for (int stage = 0; stage < WgmmaTile::kStages; ++stage) {
      create_barrier(full(stage), 1);
      create_barrier(empty(stage), 2 * WgmmaTile::kCluster);  // two warp groups of each block
    }
    for (int place = 0; place < WgmmaTile::kValuePlaces; ++place) {
      create_barrier(values_full(place), 32);
      create_barrier(values_empty(place), WgmmaTile::kWarps);
    }
    fence_barriers();
  }
};

/// body(place of a tile in C) for each of the tiles that this block computes.
template <typename Body>
OCTAVO_DEVICE void for_own_tiles(const GemmI8WgmmaOperands& o, Body&& body) {
  using Tile = WgmmaTile;
  const TileOrder order{(o.m + Tile::kTallRows - 1) / Tile::kTallRows, (o.n + Tile::kColumns - 1) / Tile::kColumns,
                        Tile::kBand};
  for (size_t number = blockIdx.x / Tile::kCluster; number < order.count(); number += gridDim.x / Tile::kCluster) {
    size_t down, right;
    order.place(number, &down, &right);
    body(TilePlace{o.m, o.n, down * Tile::kTallRows + block_rank() * Tile::kRows, right * Tile::kColumns});
  }
}

/// What the thread that brings data does for one tile.
OCTAVO_DEVICE void bring_tile(const GemmI8WgmmaOperands& o, const WgmmaShared& s, const TilePlace& tile,
                              StagePlace& place) {
  constexpr int kHalf = WgmmaTile::kColumns / WgmmaTile::kCluster;
  const auto rank = static_cast<int>(block_rank());
  for (size_t p = 0; p < o.k; p += WgmmaTile::kDepth, place.advance()) {
    wait_for_phase(s.empty(place.at), place.parity ^ 1);  // both blocks have read what was there
    const SharedAddress full = s.full(place.at);
    arrive_expecting(full, WgmmaTile::kStageBytes);
    const auto at = static_cast<int>(p);
    copy_box(s.a(place.at), o.a, at, static_cast<int>(tile.row), full);
    copy_box(s.w(place.at) + static_cast<uint32_t>(rank * kHalf * WgmmaTile::kDepth), o.w, at,
             static_cast<int>(tile.column) + rank * kHalf, full, 3);
  }
}

/// Tells both blocks that this warp group has read a stage.
OCTAVO_DEVICE void release_stage(const WgmmaShared& s, int stage) {
  const unsigned lane = threadIdx.x % 128;
  if (lane < WgmmaTile::kCluster) arrive_at(s.empty(stage), lane);
}

/// A warp group's 64 x 256 sums of one tile.
template <bool kSigned>
OCTAVO_DEVICE void multiply_tile(int32_t (&sums)[128], const GemmI8WgmmaOperands& o, const WgmmaShared& s,
                                 StagePlace& place) {
  const auto group_bytes = static_cast<uint32_t>(threadIdx.x / 128 - 1) * WgmmaTile::kGroupRows * WgmmaTile::kDepth;
  int before = -1;
  for (size_t p = 0; p < o.k; p += WgmmaTile::kDepth, place.advance()) {
    wait_for_phase(s.full(place.at), place.parity);
    const uint64_t a = swizzled_rows(s.a(place.at) + group_bytes), w = swizzled_rows(s.w(place.at));
    begin_products();
#pragma unroll
    for (int step = 0; step < WgmmaTile::kDepth / 32; ++step)  // 32 bytes are 2 of a descriptor's units
      multiply_64x256x32<kSigned>(sums, a + 2 * step, w + 2 * step, p > 0 || step > 0);
    commit_products();
    wait_for_products<1>();
    if (before >= 0) release_stage(s, before);
    before = place.at;
  }
  wait_for_products<0>();
  settle(sums);
  if (before >= 0) release_stage(s, before);
}

/// Finishes and stores a warp's 16 x 256 sums, from this row of the tile on.
OCTAVO_DEVICE void store_sums(const int32_t (&sums)[128], const GemmI8Result& result, const WgmmaTile::Values& values,
                              const TilePlace& tile, uint32_t* slice) {
  constexpr int kHeldColumns = 8;
  const int row = (static_cast<int>(threadIdx.x) / 32 - 4) * 16;
  with_output(result.output, [&](auto output) {
    const ChunkStore<output(), WgmmaTile::Values, kHeldColumns> store(result, values, tile);
#pragma unroll 1
    for (int part = 0; part < WgmmaTile::kColumns / WarpSlice::kColumns; ++part)
      store_slices<2>(store, slice, row, part * WarpSlice::kColumns, [&](int group) {
        unroll<8>([&](auto i) {  // a register's number is no variable
          if (i != 2 * part + group) return;
          unroll<8>([&](auto j) {
            constexpr int at = i / 2 * 32 + 4 * j + 2 * (i % 2);
            put_pair(slice, j, sums[at], sums[at + 1]);
          });
        });
      });
  });
}

}  // namespace octavo::device
