// Global memory as several blocks share it, and the clock that all of them see, each instruction as a function (PTX
// ISA, "Memory consistency model", "ld", "red", "atom", "Special registers").
#pragma once

#include <cstdint>

#include "cuda/device/platform.h"

#ifdef __CUDACC__

namespace octavo::device {

/// Adds to a word that other blocks add to as well.
OCTAVO_DEVICE void add_to_memory(uint32_t* to, uint32_t value) {
  asm volatile("red.relaxed.gpu.global.add.u32 [%0], %1;" ::"l"(to), "r"(value) : "memory");
}
/// Adds, and returns what was there before. Whoever reads a count in this way sees all that was written before the
/// counts that it includes.
OCTAVO_DEVICE uint32_t count_in_memory(uint32_t* to, uint32_t value) {
  uint32_t before;
  asm volatile("fence.acq_rel.gpu;\natom.relaxed.gpu.global.add.u32 %0, [%1], %2;\nfence.acq_rel.gpu;"
               : "=r"(before)
               : "l"(to), "r"(value)
               : "memory");
  return before;
}
/// A word that other blocks have added to: as it is in memory now.
OCTAVO_DEVICE uint32_t read_from_memory(const uint32_t* from) {
  uint32_t value;
  asm volatile("ld.relaxed.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(from) : "memory");
  return value;
}
/// What this thread has written is seen before what it writes next.
OCTAVO_DEVICE void fence_memory() { asm volatile("fence.acq_rel.gpu;" ::: "memory"); }

OCTAVO_DEVICE uint64_t nanoseconds() {
  uint64_t now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now)::"memory");
  return now;
}

}  // namespace octavo::device

#else
#include <emulated_memory_instructions.h>
#endif
