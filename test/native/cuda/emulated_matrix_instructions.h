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
  if (inside)
    std::memcpy(emulated::shared_memory() + to, from, 16);
  else
    std::memset(emulated::shared_memory() + to, 0, 16);
}
inline void commit_copies() {}
template <int kPending>
inline void wait_for_copies() {}

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

template <bool kSigned>
inline void multiply_16x8x32(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  struct Operands {
    int32_t* d;
    const uint32_t *a, *b;
  } mine{d, a, b};
  emulated::together(32, &mine, [](void** all) {
    int32_t left[16][32], right[32][8];
    for (int lane = 0; lane < 32; ++lane) {
      const auto* o = static_cast<Operands*>(all[lane]);
      for (int i = 0; i < 16; ++i) {
        const auto byte = static_cast<uint8_t>(o->a[i / 4] >> i % 4 * 8);
        left[lane / 4 + i / 4 % 2 * 8][lane % 4 * 4 + i % 4 + i / 8 * 16] =
            kSigned ? static_cast<int8_t>(byte) : static_cast<int32_t>(byte);
      }
      for (int i = 0; i < 8; ++i)
        right[lane % 4 * 4 + i % 4 + i / 4 * 16][lane / 4] = static_cast<int8_t>(o->b[i / 4] >> i % 4 * 8);
    }
    for (int lane = 0; lane < 32; ++lane)
      for (int i = 0; i < 4; ++i) {
        const int row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
        uint32_t sum = 0;
        for (int p = 0; p < 32; ++p) sum += static_cast<uint32_t>(left[row][p] * right[p][column]);
        auto& out = static_cast<Operands*>(all[lane])->d[i];
        out = static_cast<int32_t>(static_cast<uint32_t>(out) + sum);
      }
  });
}

}  // namespace octavo::device
