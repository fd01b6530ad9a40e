// int8 GEMM on warp-group products fed by the bulk tensor copy: compute capability 9.0.
//
// A cluster is two blocks, one above the other, that need the same columns: each brings one half of W's rows to both.
// In a block one warp group only brings data, in steps of 128 values of k into a ring of stages; two others multiply 64
// x 256 each. Blocks stay and take tile after tile, so that the next tile's data comes while this one's sums are
// stored.
#pragma once

#include "cuda/device/hopper_instructions.h"

namespace octavo::device {

struct WgmmaTile {
  static constexpr int kRows = 128, kColumns = 256, kDepth = 128, kCluster = 2, kStages = 4;
  static constexpr int kGroupRows = 64, kThreads = 384;
  static constexpr int kBytesA = kRows * kDepth, kBytesW = kColumns * kDepth, kStageBytes = kBytesA + kBytesW;
  static constexpr int kSlice = 32, kSliceBytes = 16 * kSlice * 4, kWarps = 8;  // of sums, on their way to C
  static constexpr int kSharedBytes = kStages * kStageBytes + kWarps * kSliceBytes + 16 * kStages;  // barriers last
  static constexpr int kTallRows = kRows * kCluster;
};

/// The tiles of C in an order in which those computed at a time share rows and columns: bands of `kBand` tall tiles.
struct TileOrder {
  static constexpr size_t kBand = 8;
  size_t tall, across;  // tiles of two blocks' rows, tiles of columns

  OCTAVO_DEVICE size_t count() const { return tall * across; }
  OCTAVO_DEVICE void place(size_t number, size_t* down, size_t* right) const {
    const size_t band = number / (kBand * across), first = band * kBand;
    const size_t height = tall - first < kBand ? tall - first : kBand, within = number - first * across;
    *down = first + within % height;
    *right = within / height;
  }
};

/// One warp group's place in the ring: which stage is next, and the parity of its phase.
struct RingPlace {
  int stage = 0;
  uint32_t parity = 0;

  OCTAVO_DEVICE void advance() {
    if (++stage < WgmmaTile::kStages) return;
    stage = 0;
    parity ^= 1;
  }
};

struct GemmI8WgmmaOperands {
  size_t m, n, k;
  const TensorMap *a, *w;  // boxes of 128 rows of 128 bytes
};

/// Addresses of a block's shared memory.
struct WgmmaStages {
  SharedAddress base;

  OCTAVO_DEVICE SharedAddress a(int stage) const {
    return base + static_cast<uint32_t>(stage) * WgmmaTile::kStageBytes;
  }
  OCTAVO_DEVICE SharedAddress w(int stage) const { return a(stage) + WgmmaTile::kBytesA; }
  OCTAVO_DEVICE SharedAddress full(int stage) const {
    return a(WgmmaTile::kStages) + WgmmaTile::kWarps * WgmmaTile::kSliceBytes + static_cast<uint32_t>(stage) * 8;
  }
  OCTAVO_DEVICE SharedAddress empty(int stage) const { return full(WgmmaTile::kStages + stage); }
};

/// What the thread that brings data does for one tile.
OCTAVO_DEVICE void bring_tile(const GemmI8WgmmaOperands& o, const WgmmaStages& s, size_t row, size_t column,
                              RingPlace& place) {
  constexpr int kHalf = WgmmaTile::kColumns / WgmmaTile::kCluster;
  const auto rank = static_cast<int>(block_rank());
  for (size_t p = 0; p < o.k; p += WgmmaTile::kDepth, place.advance()) {
    wait_for_phase(s.empty(place.stage), place.parity ^ 1);  // both blocks have read what was there
    const SharedAddress full = s.full(place.stage);
    arrive_expecting(full, WgmmaTile::kStageBytes);
    const auto at = static_cast<int>(p);
    copy_box(s.a(place.stage), o.a, at, static_cast<int>(row), full);
    copy_box(s.w(place.stage) + static_cast<uint32_t>(rank * kHalf * WgmmaTile::kDepth), o.w, at,
             static_cast<int>(column) + rank * kHalf, full, 3);
  }
}

/// Tells both blocks that this warp group has read a stage.
OCTAVO_DEVICE void release_stage(const WgmmaStages& s, int stage) {
  const unsigned lane = threadIdx.x % 128;
  if (lane < WgmmaTile::kCluster) arrive_at(s.empty(stage), lane);
}

/// A warp group's 64 x 256 sums of one tile.
template <bool kSigned>
OCTAVO_DEVICE void multiply_tile(int32_t (&sums)[128], const GemmI8WgmmaOperands& o, const WgmmaStages& s,
                                 RingPlace& place) {
  const auto group_bytes = static_cast<uint32_t>(threadIdx.x / 128 - 1) * WgmmaTile::kGroupRows * WgmmaTile::kDepth;
  int before = -1;
  for (size_t p = 0; p < o.k; p += WgmmaTile::kDepth, place.advance()) {
    wait_for_phase(s.full(place.stage), place.parity);
    const uint64_t a = swizzled_rows(s.a(place.stage) + group_bytes), w = swizzled_rows(s.w(place.stage));
    begin_products();
#pragma unroll
    for (int step = 0; step < WgmmaTile::kDepth / 32; ++step)  // 32 bytes are 2 of a descriptor's units
      multiply_64x256x32<kSigned>(sums, a + 2 * step, w + 2 * step, p > 0 || step > 0);
    commit_products();
    wait_for_products<1>();
    if (before >= 0) release_stage(s, before);
    before = place.stage;
  }
  wait_for_products<0>();
  if (before >= 0) release_stage(s, before);
}

/// body(first row, first column) for each of the tiles that this block computes.
template <typename Body>
OCTAVO_DEVICE void for_own_tiles(const GemmI8WgmmaOperands& o, Body&& body) {
  using Tile = WgmmaTile;
  const TileOrder order{(o.m + Tile::kTallRows - 1) / Tile::kTallRows, (o.n + Tile::kColumns - 1) / Tile::kColumns};
  for (size_t number = blockIdx.x / Tile::kCluster; number < order.count(); number += gridDim.x / Tile::kCluster) {
    size_t down, right;
    order.place(number, &down, &right);
    body(down * Tile::kTallRows + block_rank() * Tile::kRows, right * Tile::kColumns);
  }
}

/// Hands a warp's 16 x 256 sums to store(row, column, four sums), a slice of columns at a time through its own part of
/// shared memory: neighbours in C come to neighbouring threads.
template <typename Store>
OCTAVO_DEVICE void store_sums(const int32_t (&sums)[128], int32_t* slice, size_t row, size_t column, Store&& store) {
  constexpr int kSlice = WgmmaTile::kSlice;
  const int lane = static_cast<int>(threadIdx.x) & 31;
#pragma unroll
  for (int first = 0; first < WgmmaTile::kColumns; first += kSlice) {
    __syncwarp();  // the slice before has been read
#pragma unroll
    for (int i = 0; i < kSlice / 2; ++i)
      slice[(lane / 4 + i / 2 % 2 * 8) * kSlice + i / 4 * 8 + lane % 4 * 2 + i % 2] = sums[first / 2 + i];
    __syncwarp();
    for (int at = lane * 4; at < 16 * kSlice; at += 128) {
      const int32_t four[4] = {slice[at], slice[at + 1], slice[at + 2], slice[at + 3]};
      store(row + static_cast<size_t>(at / kSlice), column + static_cast<size_t>(first + at % kSlice), four);
    }
  }
}

/// Computes C tile by tile and gives each four neighbours to store(row, column, four sums), within C or beyond its last
/// row or column. k is at least 1; `shared` is aligned to 1024 bytes.
template <bool kSigned, typename Store>
OCTAVO_DEVICE void gemm_i8_wgmma(const GemmI8WgmmaOperands& o, uint8_t* shared, Store&& store) {
  using Tile = WgmmaTile;
  const WgmmaStages stages{shared_address(shared)};
  if (threadIdx.x == 0) {
    for (int stage = 0; stage < Tile::kStages; ++stage) {
      create_barrier(stages.full(stage), 1);
      create_barrier(stages.empty(stage), 2 * Tile::kCluster);  // two warp groups of each block
    }
    fence_barriers();
  }
  cluster_barrier();

  // One branch for each role, for all of its tiles: only so does the compiler let registers change hands.
  if (threadIdx.x < 128) {
    give_registers<40>();
    if (threadIdx.x == 0) {
      RingPlace place;
      for_own_tiles(o, [&](size_t row, size_t column) { bring_tile(o, stages, row, column, place); });
    }
  } else {
    take_registers<232>();
    RingPlace place;
    const int warp = static_cast<int>(threadIdx.x) / 32 - 4;
    auto* const slice =
        reinterpret_cast<int32_t*>(shared + Tile::kStages * Tile::kStageBytes + warp * Tile::kSliceBytes);
    for_own_tiles(o, [&](size_t row, size_t column) {
      int32_t sums[128];
      multiply_tile<kSigned>(sums, o, stages, place);
      store_sums(sums, slice, row + static_cast<size_t>(warp) * 16, column, store);
    });
  }
  cluster_barrier();  // nobody leaves while others send to it
}

}  // namespace octavo::device
