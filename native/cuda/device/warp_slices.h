// How a warp's sums come from where products leave them, two neighbours in a thread, to where chunks of C are stored:
// through 8 x 64 of them in shared memory at a time.
//
// A row's 16 chunks of four words take turns with the banks: neither the pairs that are put there nor the chunks that
// are taken from there meet in one, whatever the output's type.
#pragma once

#include "cuda/device/platform.h"
#include "cuda/device/vector_access.h"

namespace octavo::device {

struct WarpSlice {
  static constexpr int kRows = 8, kColumns = 64, kBytes = kRows * kColumns * 4;
};

/// Where a row's chunk of four columns is, in words.
OCTAVO_DEVICE int slice_chunk(int row, int chunk) {
  return row * WarpSlice::kColumns + (chunk ^ (row & 3) << 1 ^ (chunk >> 3 & 1)) * 4;
}

/// Puts this lane's two sums of the 8 columns number j: row lane / 4, columns lane % 4 * 2 and the next.
OCTAVO_DEVICE void put_pair(uint32_t* slice, int j, int32_t first, int32_t second) {
  const int lane = static_cast<int>(threadIdx.x) & 31, quarter = lane & 3;
  uint32_t* const to = slice + slice_chunk(lane >> 2, 2 * j + (quarter >> 1)) + (quarter & 1) * 2;
  *reinterpret_cast<Words2*>(to) = {{static_cast<uint32_t>(first), static_cast<uint32_t>(second)}};
}

/// Stores what the warp has put into its slice: 8 rows from this row of the tile on.
template <bool kSimple, typename Store>
OCTAVO_DEVICE void store_slice(const Store& store, const uint32_t* slice, int row,
                               const typename Store::Columns& columns) {
  constexpr int kAcross = WarpSlice::kColumns / Store::kCount, kDown = 32 / kAcross;
  [[maybe_unused]] constexpr int kAtOnce = kSimple && kDown < WarpSlice::kRows ? 2 : 1;
  const int lane = static_cast<int>(threadIdx.x) & 31, chunk = lane % kAcross * (Store::kCount / 4);
#pragma unroll kAtOnce
  for (int down = 0; down < WarpSlice::kRows; down += kDown) {
    const int r = down + lane / kAcross;
    store.template store<kSimple>(row + r, columns, [&](int part) {
      return *reinterpret_cast<const Words4*>(slice + slice_chunk(r, chunk + part));
    });
  }
}

/// Stores kGroups times 8 rows of 64 columns, from this row and column of the tile on. put(group): puts the warp's
/// pairs of those 8 rows into its slice.
template <int kGroups, typename Store, typename Put>
OCTAVO_DEVICE void store_slices(const Store& store, uint32_t* slice, int row, int column, Put&& put) {
  const int lane = static_cast<int>(threadIdx.x) & 31;
  const auto columns = store.columns(column + lane % (WarpSlice::kColumns / Store::kCount) * Store::kCount);
#pragma unroll 1
  for (int group = 0; group < kGroups; ++group) {
    __syncwarp();  // what was there has been taken
    put(group);
    __syncwarp();
    const int first = row + WarpSlice::kRows * group;
    if (store.simple())
      store_slice<true>(store, slice, first, columns);
    else
      store_slice<false>(store, slice, first, columns);
  }
}

}  // namespace octavo::device
