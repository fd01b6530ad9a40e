// What threads of a warp and a block do together outside of matrix products: reductions, atomic additions, bytes of
// words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda/device/platform.h"

#ifdef __CUDACC__

namespace octavo::device {

/// The largest of a warp's values; all 32 threads bring one, and all get the result.
OCTAVO_DEVICE uint32_t warp_max(uint32_t value) {
#if __CUDA_ARCH__ >= 800
  return __reduce_max_sync(0xFFFFFFFF, value);
#else
#pragma unroll
  for (int step = 16; step > 0; step /= 2) value = max(value, __shfl_xor_sync(0xFFFFFFFF, value, step));
  return value;
#endif
}

/// The sum of a warp's values modulo 2^32, likewise.
OCTAVO_DEVICE uint32_t warp_sum(uint32_t value) {
#if __CUDA_ARCH__ >= 800
  return __reduce_add_sync(0xFFFFFFFF, value);
#else
#pragma unroll
  for (int step = 16; step > 0; step /= 2) value += __shfl_xor_sync(0xFFFFFFFF, value, step);
  return value;
#endif
}

/// Modulo 2^64.
OCTAVO_DEVICE uint64_t warp_sum(uint64_t value) {
#pragma unroll
  for (int step = 16; step > 0; step /= 2)
    value += __shfl_xor_sync(0xFFFFFFFF, static_cast<unsigned long long>(value), step);
  return value;
}

/// Bits of the lanes for which `condition` holds.
OCTAVO_DEVICE uint32_t warp_ballot(bool condition) { return __ballot_sync(0xFFFFFFFF, condition); }

// Atomic operations on shared or global memory.
OCTAVO_DEVICE void atomic_add(uint32_t* to, uint32_t value) { atomicAdd(to, value); }
OCTAVO_DEVICE void atomic_add(uint64_t* to, uint64_t value) {
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(value));
}
OCTAVO_DEVICE void atomic_max(uint32_t* to, uint32_t value) { atomicMax(to, value); }

/// Atomically adds 1 to the word at an address in shared memory, `when` that is so: no branch, and threads with the
/// same address do not wait for each other.
OCTAVO_DEVICE void increment_shared(uint32_t address, bool when) {
  asm volatile(
      "{\n"
      ".reg .pred p;\n"
      "setp.ne.u32 p, %1, 0;\n"
      "@p red.shared.add.u32 [%0], 1;\n"
      "}" ::"r"(address),
      "r"(static_cast<uint32_t>(when))
      : "memory");
}

/// The low bytes of four words, the first lowest.
OCTAVO_DEVICE uint32_t pack_bytes(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return __byte_perm(__byte_perm(a, b, 0x0040), __byte_perm(c, d, 0x0040), 0x5410);
}

/// `sum` + the word's four signed bytes, modulo 2^32.
OCTAVO_DEVICE uint32_t add_signed_bytes(uint32_t sum, uint32_t word) {
  return static_cast<uint32_t>(__dp4a(static_cast<int>(word), 0x01010101, static_cast<int>(sum)));
}

}  // namespace octavo::device

#else
#include <emulated_simt_instructions.h>
#endif
