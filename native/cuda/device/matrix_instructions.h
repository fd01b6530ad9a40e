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
               "r"(value.w)
               : "memory");
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

#define OCTAVO_MMA_8(type)                                                                   \
  asm("mma.sync.aligned.m8n8k16.row.col.s32." type ".s8.s32 {%0, %1}, {%2}, {%3}, {%0, %1};" \
      : "+r"(d[0]), "+r"(d[1])                                                               \
      : "r"(a), "r"(b))
#define OCTAVO_MMA_16(type)                                    \
  asm("mma.sync.aligned.m16n8k32.row.col.s32." type            \
      ".s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, " \
      "{%0, %1, %2, %3};"                                      \
      : "+r"(d[0]), "+r"(d[1]), "+r"(d[2]), "+r"(d[3])         \
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

/// d += a b with a [8, 16] of uint8 or int8, b [16, 8] of int8, modulo 2^32.
template <bool kSigned>
OCTAVO_DEVICE void multiply_8x8x16(int32_t (&d)[2], uint32_t a, uint32_t b) {
  if constexpr (kSigned)
    OCTAVO_MMA_8("s8");
  else
    OCTAVO_MMA_8("u8");
}

#if __CUDA_ARCH__ >= 800
OCTAVO_DEVICE constexpr bool has_large_products() { return true; }
template <bool kSigned>
OCTAVO_DEVICE void multiply_at_once(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  if constexpr (kSigned)
    OCTAVO_MMA_16("s8");
  else
    OCTAVO_MMA_16("u8");
}
#else
OCTAVO_DEVICE constexpr bool has_large_products() { return false; }
template <bool kSigned>
OCTAVO_DEVICE void multiply_at_once(int32_t (&)[4], const uint32_t (&)[4], const uint32_t (&)[2]) {}
#endif

#undef OCTAVO_MMA_8
#undef OCTAVO_MMA_16

}  // namespace octavo::device

#else
#include <emulated_matrix_instructions.h>
#endif

namespace octavo::device {

/// d += a b with a [16, 32] of uint8 or int8, b [32, 8] of int8, modulo 2^32. Compute capability 7.5 has it only in
/// quarters.
template <bool kSigned>
OCTAVO_DEVICE void multiply_16x8x32(int32_t (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  if (has_large_products()) return multiply_at_once<kSigned>(d, a, b);
  auto& upper = reinterpret_cast<int32_t(&)[2]>(d[0]);
  auto& lower = reinterpret_cast<int32_t(&)[2]>(d[2]);
  multiply_8x8x16<kSigned>(upper, a[0], b[0]);
  multiply_8x8x16<kSigned>(lower, a[1], b[0]);
  multiply_8x8x16<kSigned>(upper, a[2], b[1]);
  multiply_8x8x16<kSigned>(lower, a[3], b[1]);
}

}  // namespace octavo::device
