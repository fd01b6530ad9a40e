// The instructions of int8 tensor-core kernels, each as a function with the operands of PTX ISA, "Warp-level matrix
// instructions" and "cp.async".
#pragma once

#include <cstdint>

#include "cuda/device/platform.h"

#ifdef __CUDACC__

namespace octavo::device {

using SharedAddress = uint32_t;

OCTAVO_DEVICE SharedAddress shared_address(const void* shared) {
  return static_cast<uint32_t>(__cvta_generic_to_shared(shared));
}

/// Copies 16 bytes to shared memory, or zeros where `inside` is false. Done once copies_pending() says so.
OCTAVO_DEVICE void copy_16_async(SharedAddress to, const void* from, bool inside) {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(inside ? 16 : 0));
#else
  uint4 value = {0, 0, 0, 0};
  if (inside) value = *static_cast<const uint4*>(from);
  asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};" ::"r"(to), "r"(value.x), "r"(value.y), "r"(value.z),
               "r"(value.w));
#endif
}

OCTAVO_DEVICE void commit_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;");
#endif
}

/// Waits until at most kPending of the groups committed by this thread are under way.
template <int kPending>
OCTAVO_DEVICE void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#endif
}

/// Four 8 x 8 matrices of 16-bit elements; the rows' addresses come from lanes 0-7, 8-15, 16-23 and 24-31.
OCTAVO_DEVICE void load_matrices(uint32_t (&r)[4], SharedAddress row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(row)
               : "memory");
}

/// d += a b with a [16, 32] of uint8 or int8, b [32, 8] of int8, modulo 2^32.
template <bool kSigned>
OCTAVO_DEVICE void multiply_16x8x32(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#define OCTAVO_MMA(shape, type, da, db, ra, rb)                                                \
  asm("mma.sync.aligned." shape ".row.col.s32." type ".s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};" \
      : "+r"(da), "+r"(db)                                                                     \
      : "r"(ra), "r"(rb))
#if __CUDA_ARCH__ >= 800
  if constexpr (kSigned)
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
        "%3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else
    asm("mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, "
        "%3};"
        : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    if constexpr (kSigned) {
      OCTAVO_MMA("m8n8k16", "s8", d[0], d[1], a[2 * half], b[half]);
      OCTAVO_MMA("m8n8k16", "s8", d[2], d[3], a[2 * half + 1], b[half]);
    } else {
      OCTAVO_MMA("m8n8k16", "u8", d[0], d[1], a[2 * half], b[half]);
      OCTAVO_MMA("m8n8k16", "u8", d[2], d[3], a[2 * half + 1], b[half]);
    }
  }
#endif
#undef OCTAVO_MMA
}

}  // namespace octavo::device

#else
#include <emulated_matrix_instructions.h>
#endif
