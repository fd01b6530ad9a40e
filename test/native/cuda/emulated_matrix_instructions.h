// native/cuda/device/matrix_instructions.h on the host, as PTX ISA defines the instructions.
#pragma once

#include <cstring>

#include "emulated_gpu.h"

namespace octavo::device {

using SharedAddress = uint32_t;

inline SharedAddress shared_address(const void* shared) {
  return static_cast<uint32_t>(static_cast<const uint8_t*>(shared) - emulated::shared_memory());
}

inline void copy_16_async(SharedAddress to, const void* from, bool inside) {
  uint8_t* const shared = emulated::shared_memory() + to;
  emulated::start_work(1, [=] {
    if (inside)
      std::memcpy(shared, from, 16);
    else
      std::memset(shared, 0, 16);
  });
}
inline void commit_copies() { emulated::commit_work(1); }
template <int kPending>
inline void wait_for_copies() {
  emulated::finish_work(1, kPending);
}

inline void load_matrices(uint32_t (&r)[4], SharedAddress row) {
  struct Operands {
    uint32_t* r;
    SharedAddress row;
  } mine{r, row};
  emulated::together(32, &mine, [](void** all) {
    for (int lane = 0; lane < 32; ++lane)
      for (int matrix = 0; matrix < 4; ++matrix) {
        const auto* of_row = static_cast<Operands*>(all[8 * matrix + lane / 4]);
        std::memcpy(static_cast<Operands*>(all[lane])->r + matrix,
                    emulated::shared_memory() + of_row->row + lane % 4 * 4, 4);
      }
  });
}

/// A warp's product of [kRows, kDepth] by [kDepth, 8], whose fragments have a word for each 8 rows and 16 values.
template <bool kSigned, int kRows, int kDepth>
inline void multiply_fragments(int32_t* d, const uint32_t* a, const uint32_t* b) {
  struct Operands {
    int32_t* d;
    const uint32_t *a, *b;
  } mine{d, a, b};
  emulated::together(32, &mine, [](void** all) {
    constexpr int kTall = kRows / 8, kWords = kDepth / 16;
    int32_t left[kRows][kDepth], right[kDepth][8];
    for (int lane = 0; lane < 32; ++lane) {
      const auto* o = static_cast<Operands*>(all[lane]);
      for (int i = 0; i < 4 * kTall * kWords; ++i) {
        const auto byte = static_cast<uint8_t>(o->a[i / 4] >> i % 4 * 8);
        left[lane / 4 + i / 4 % kTall * 8][lane % 4 * 4 + i % 4 + i / 4 / kTall * 16] =
            kSigned ? static_cast<int8_t>(byte) : static_cast<int32_t>(byte);
      }
      for (int i = 0; i < 4 * kWords; ++i)
        right[lane % 4 * 4 + i % 4 + i / 4 * 16][lane / 4] = static_cast<int8_t>(o->b[i / 4] >> i % 4 * 8);
    }
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 2 * kTall; ++i) {
        const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
        uint32_t sum = 0;
        for (int p = 0; p < kDepth; ++p) sum += static_cast<uint32_t>(left[row][p] * right[p][column]);
        auto& out = static_cast<Operands*>(all[lane])->d[i];
        out = static_cast<int32_t>(static_cast<uint32_t>(out) + sum);
      }
  });
}

template <bool kSigned>
inline void multiply_8x8x16(int32_t (&d)[2], uint32_t a, uint32_t b) {
  multiply_fragments<kSigned, 8, 16>(d, &a, &b);
}

inline bool has_large_products() { return emulated::capability() >= 80; }
template <bool kSigned>
inline void multiply_at_once(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  multiply_fragments<kSigned, 16, 32>(d, a, b);
}

}  // namespace octavo::device
