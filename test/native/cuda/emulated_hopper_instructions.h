// native/cuda/device/hopper_instructions.h on the host, as PTX ISA defines the instructions. Copies and products are
// done as emulated_gpu.h says of work.
#pragma once

#include <cstring>

#include "emulated_gpu.h"

namespace octavo::device {

/// A matrix of bytes, whose boxes are copied to shared memory in rows of 128 bytes, swizzled.
struct TensorMap {
  const uint8_t* data;
  size_t rows, columns, stride;
  int box_rows;
};

inline void create_barrier(SharedAddress barrier, uint32_t arrivals) {
  emulated::barrier_at(emulated::block_rank(), barrier) = {arrivals, arrivals, 0, 0};
}
inline void fence_barriers() {}
inline void arrive_expecting(SharedAddress barrier, uint32_t bytes) {
  emulated::barrier_at(emulated::block_rank(), barrier).arrive(bytes);
}
inline void arrive(SharedAddress barrier) { emulated::barrier_at(emulated::block_rank(), barrier).arrive(0); }
inline void arrive_at(SharedAddress barrier, uint32_t rank) { emulated::barrier_at(rank, barrier).arrive(0); }
inline void wait_for_phase(SharedAddress barrier, uint32_t parity) {
  while (emulated::barrier_at(emulated::block_rank(), barrier).parity == parity) emulated::yield();
}

inline uint32_t swizzled_128(uint32_t address) { return address ^ (address >> 7 & 7) << 4; }

inline void copy_box(SharedAddress to, const TensorMap* map, int column, int row, SharedAddress barrier,
                     uint16_t blocks) {
  for (unsigned rank = 0; rank < emulated::cluster_size(); ++rank) {
    if ((blocks >> rank & 1) == 0) continue;
    emulated::start_delivery([=, m = *map] {
      uint8_t* const shared = emulated::shared_memory(rank);
      for (int r = 0; r < m.box_rows; ++r)
        for (int c = 0; c < 128; ++c) {
          const size_t at_row = static_cast<size_t>(row) + r, at_column = static_cast<size_t>(column) + c;
          const bool inside = at_row < m.rows && at_column < m.columns;
          shared[swizzled_128(to + r * 128 + c)] = inside ? m.data[at_row * m.stride + at_column] : 0;
        }
      emulated::barrier_at(rank, barrier).deliver(m.box_rows * 128);
    });
  }
}
inline void copy_box(SharedAddress to, const TensorMap* map, int column, int row, SharedAddress barrier) {
  copy_box(to, map, column, row, barrier, static_cast<uint16_t>(1u << emulated::block_rank()));
}

inline void fence_async_proxy() {}
inline void cluster_barrier() { emulated::cluster_together(); }
inline uint32_t block_rank() { return emulated::block_rank(); }

template <int kRegisters>
inline void give_registers() {}
template <int kRegisters>
inline void take_registers() {}

inline void begin_products() {}
inline void commit_products() {
  if (emulated::works_late()) emulated::together(128, nullptr, [](void**) { emulated::commit_work(128); });
}
template <int kPending>
inline void wait_for_products() {
  if (emulated::works_late()) emulated::together(128, nullptr, [](void**) { emulated::finish_work(128, kPending); });
}
template <int kCount>
inline void settle(int32_t (&)[kCount]) {}

/// A warp group's product, when it is done.
struct GroupProduct {
  int32_t* sums[128];  // of each thread
  const uint8_t* shared;
  uint64_t a, b;
  int adds;
};

/// The byte of row r and value p of the matrix that a descriptor of swizzled_rows() names.
inline uint8_t described(const uint8_t* shared, uint64_t descriptor, int r, int p) {
  const auto start = static_cast<uint32_t>(descriptor & 0x3FFF) << 4;
  const auto group = static_cast<uint32_t>(descriptor >> 32 & 0x3FFF) << 4;
  return shared[swizzled_128(start + r / 8 * group + r % 8 * 128 + p)];
}

template <bool kSigned>
inline void compute(const GroupProduct& product) {
  static int32_t left[64][32], right[256][32];
  for (int p = 0; p < 32; ++p) {
    for (int r = 0; r < 64; ++r) {
      const uint8_t byte = described(product.shared, product.a, r, p);
      left[r][p] = kSigned ? static_cast<int8_t>(byte) : static_cast<int32_t>(byte);
    }
    for (int j = 0; j < 256; ++j) right[j][p] = static_cast<int8_t>(described(product.shared, product.b, j, p));
  }
  for (int t = 0; t < 128; ++t)
    for (int i = 0; i < 128; ++i) {
      const int row = t / 32 * 16 + t % 32 / 4 + i / 2 % 2 * 8, column = i / 4 * 8 + t % 4 * 2 + i % 2;
      uint32_t sum = product.adds ? static_cast<uint32_t>(product.sums[t][i]) : 0;
      for (int p = 0; p < 32; ++p) sum += static_cast<uint32_t>(left[row][p] * right[column][p]);
      product.sums[t][i] = static_cast<int32_t>(sum);
    }
}

template <bool kSigned>
inline void multiply_64x256x32(int32_t (&d)[128], uint64_t a, uint64_t b, int adds) {
  GroupProduct mine{{d}, emulated::shared_memory(), a, b, adds};
  emulated::together(128, &mine, [](void** all) {
    GroupProduct product = *static_cast<GroupProduct*>(all[0]);
    for (int t = 0; t < 128; ++t) product.sums[t] = static_cast<GroupProduct*>(all[t])->sums[0];
    emulated::start_work(128, [product] { compute<kSigned>(product); });
  });
}

}  // namespace octavo::device
