// What this CPU and operating system can run, as bits.
#pragma once

#include <cstdint>

namespace octavo {

enum CpuFeature : uint32_t {
  kCpuAvx2 = 1u << 0,        // with FMA, and the system saving ymm registers
  kCpuAvxVnni = 1u << 1,     // the 256-bit form, VEX encoded
  kCpuAvx512 = 1u << 2,      // F, BW, VL, DQ, and the system saving zmm and mask registers
  kCpuAvx512Vnni = 1u << 3,  // the 512-bit form
  kCpuNeon = 1u << 4,        // ARMv8-A Advanced SIMD
};

/// Detected once; CPUID is slow in virtual machines.
uint32_t cpu_features();

}  // namespace octavo
