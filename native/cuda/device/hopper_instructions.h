// The instructions of compute capability 9.0 that its int8 kernel is made of, each as a function: barriers in shared
// memory that count bytes, the bulk tensor copy, warp-group matrix products (PTX ISA, "mbarrier",
// "cp.async.bulk.tensor", "wgmma").
#pragma once

#include <cstdint>

#include "cuda/device/matrix_instructions.h"

#ifdef __CUDACC__

namespace octavo::device {

struct alignas(128) TensorMap {
  uint64_t opaque[16];
};

/// A barrier of `arrivals` threads. To be followed by fence_barriers() and a barrier of the cluster.
OCTAVO_DEVICE void create_barrier(SharedAddress barrier, uint32_t arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals));
}
OCTAVO_DEVICE void fence_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

/// Arrives, and lets the phase wait for so many bytes.
OCTAVO_DEVICE void arrive_expecting(SharedAddress barrier, uint32_t bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes) : "memory");
}
OCTAVO_DEVICE void arrive(SharedAddress barrier) {
  asm volatile("mbarrier.arrive.release.cta.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}
/// Arrives at the barrier at this address in block `rank` of the cluster.
OCTAVO_DEVICE void arrive_at(SharedAddress barrier, uint32_t rank) {
  asm volatile(
      "{\n.reg .b32 remote;\n"
      "mapa.shared::cluster.u32 remote, %0, %1;\n"
      "mbarrier.arrive.release.cluster.shared::cluster.b64 _, [remote];\n}" ::"r"(barrier),
      "r"(rank)
      : "memory");
}
/// Waits until the phase of this parity is over.
OCTAVO_DEVICE void wait_for_phase(SharedAddress barrier, uint32_t parity) {
  asm volatile(
      "{\n.reg .pred done;\n"
      "again:\n"
      "mbarrier.try_wait.parity.acquire.cluster.shared::cta.b64 done, [%0], %1;\n"
      "@!done bra again;\n}" ::"r"(barrier),
      "r"(parity)
      : "memory");
}

/// Copies the box of the map at (column, row) to shared memory of each block in `blocks`, at the same address there,
/// and counts its bytes at the same barrier there.
OCTAVO_DEVICE void copy_box(SharedAddress to, const TensorMap* map, int column, int row, SharedAddress barrier,
                            uint16_t blocks) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster [%0], [%1, {%3, "
      "%4}], "
      "[%2], %5;" ::"r"(to),
      "l"(map), "r"(barrier), "r"(column), "r"(row), "h"(blocks)
      : "memory");
}
/// As above, for this block alone.
OCTAVO_DEVICE void copy_box(SharedAddress to, const TensorMap* map, int column, int row, SharedAddress barrier) {
  asm volatile(
      "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4}], [%2];" ::"r"(
          to),
      "l"(map), "r"(barrier), "r"(column), "r"(row)
      : "memory");
}

/// What this thread has written to shared memory is seen by copies and products that begin after it.
OCTAVO_DEVICE void fence_async_proxy() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }

OCTAVO_DEVICE void cluster_barrier() {
  asm volatile("barrier.cluster.arrive.aligned;\nbarrier.cluster.wait.aligned;" ::: "memory");
}
OCTAVO_DEVICE uint32_t block_rank() {
  uint32_t rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
}

template <int kRegisters>
OCTAVO_DEVICE void give_registers() {
  asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(kRegisters));
}
template <int kRegisters>
OCTAVO_DEVICE void take_registers() {
  asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(kRegisters));
}

OCTAVO_DEVICE void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
OCTAVO_DEVICE void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
template <int kPending>
OCTAVO_DEVICE void wait_for_products() {
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
}

/// After waiting for products: what reads their sums stays behind the wait.
template <int kCount>
OCTAVO_DEVICE void settle(int32_t (&sums)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+r"(sums[i])::"memory");
}

#define OCTAVO_R8(at) \
  "%" #at "0,%" #at "1,%" #at "2,%" #at "3,%" #at "4,%" #at "5,%" #at "6,%" #at "7,%" #at "8,%" #at "9"
#define OCTAVO_D8(i)                                                                                          \
  "+r"(d[i]), "+r"(d[i + 1]), "+r"(d[i + 2]), "+r"(d[i + 3]), "+r"(d[i + 4]), "+r"(d[i + 5]), "+r"(d[i + 6]), \
      "+r"(d[i + 7])
#define OCTAVO_D32(i) OCTAVO_D8(i), OCTAVO_D8(i + 8), OCTAVO_D8(i + 16), OCTAVO_D8(i + 24)
#define OCTAVO_WGMMA_256(type) \
  asm volatile(                                                                                                      \
      "{\n.reg .pred adds;\nsetp.ne.b32 adds, %130, 0;\n"                                                            \
      "wgmma.mma_async.sync.aligned.m64n256k32.s32." type ".s8 {"                                                    \
      "%0,%1,%2,%3,%4,%5,%6,%7,%8,%9," OCTAVO_R8(1) "," OCTAVO_R8(2) "," OCTAVO_R8(3) "," OCTAVO_R8(4) ","           \
      OCTAVO_R8(5) "," OCTAVO_R8(6) "," OCTAVO_R8(7) "," OCTAVO_R8(8) "," OCTAVO_R8(9) "," OCTAVO_R8(10) ","         \
      OCTAVO_R8(11) ",%120,%121,%122,%123,%124,%125,%126,%127}, %128, %129, adds;\n}"                                \
      : OCTAVO_D32(0), OCTAVO_D32(32), OCTAVO_D32(64), OCTAVO_D32(96)                                                \
      : "l"(a), "l"(b), "r"(adds))

/// d = a b, added to d where `adds`: a [64, 32] of uint8 or int8, b [32, 256] of int8, as shared memory's descriptors
/// say; modulo 2^32.
template <bool kSigned>
OCTAVO_DEVICE void multiply_64x256x32(int32_t (&d)[128], uint64_t a, uint64_t b, int adds) {
  if constexpr (kSigned)
    OCTAVO_WGMMA_256("s8");
  else
    OCTAVO_WGMMA_256("u8");
}

}  // namespace octavo::device

#else
#include <emulated_hopper_instructions.h>
#endif

namespace octavo::device {

/// Rows of 128 bytes in groups of eight, whose 16-byte pieces are swizzled as the bulk tensor copy does: bits 4 to 6 of
/// an address are those xor bits 7 to 9. `address` counts from where a swizzled group of 1024 bytes may begin.
OCTAVO_DEVICE uint64_t swizzled_rows(SharedAddress address) {
  constexpr uint64_t kGroupBytes = 1024, kSwizzle128 = 1;
  return (address & 0x3FFFF) >> 4 | uint64_t{1} << 16 | (kGroupBytes >> 4) << 32 | kSwizzle128 << 62;
}

}  // namespace octavo::device
